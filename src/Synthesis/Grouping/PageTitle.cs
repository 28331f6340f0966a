using TurkishLlm.Synthesis.Chunks;

namespace TurkishLlm.Synthesis.Grouping;

/// <summary>The title of a chunk's page, from the way to it.</summary>
internal static class PageTitle
{
    // The headings of the section come last, as many as its depth below the title.
    public static string Get(Chunk chunk)
    {
        var steps = chunk.Breadcrumb.Split(" > ");
        return steps[Math.Max(0, steps.Length - 1 - Math.Max(0, chunk.Depth - 1))];
    }
}
