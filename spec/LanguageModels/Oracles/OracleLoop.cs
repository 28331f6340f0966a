namespace TurkishLlm.Specification.LanguageModels.Oracles;

/// <summary>Runs independent iterations of an oracle, on all cores if there is enough to compute.</summary>
public static class OracleLoop
{
    private const long LeastParallelWork = 1 << 18;

    /// <summary>
    /// Calls <paramref name="body"/> for 0 … <paramref name="count"/> − 1. No two calls may write to one element.
    /// </summary>
    /// <param name="count">Number of iterations.</param>
    /// <param name="work">Multiplications of one iteration.</param>
    /// <param name="body">Receives the index.</param>
    public static void Run(int count, long work, Action<int> body)
    {
        if (count * work >= LeastParallelWork) Parallel.For(0, count, body);
        else
            for (var i = 0; i < count; i++) body(i);
    }
}
