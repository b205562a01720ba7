// The one corner of `jstat` (which ships no types) that is used.
declare module 'jstat' {
  const jstat: {
    jStat: {
      studentt: {
        inv(p: number, degreesOfFreedom: number): number;
        cdf(x: number, degreesOfFreedom: number): number;
      };
      centralF: { inv(p: number, above: number, below: number): number };
      normal: { inv(p: number, mean: number, sd: number): number };
      erf(x: number): number;
    };
  };
  export default jstat;
}
