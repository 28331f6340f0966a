namespace TurkishLlm.Tests;

/// <summary>Bytes of garbage.</summary>
internal static class Allocations
{
    /// <summary>The fewest bytes that one of five rounds allocated. The runtime may allocate on any thread, say when it compiles a method again; work that allocates does so in every round.</summary>
    /// <param name="work">What a round does, in the calling thread.</param>
    public static long Least(Action work)
    {
        var least = long.MaxValue;
        for (var round = 0; round < 5; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            work();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        return least;
    }
}
