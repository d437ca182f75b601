/** What tests of code around this package need. */
export {};
