/** Our own version; a test holds it equal to package.json's. */
export const version = '1.0.0'
