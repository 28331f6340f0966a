using TurkishLlm.Synthesis.Chunks;

namespace TurkishLlm.Synthesis.Grouping;

/// <summary>Gets the title of the page of a chunk from its breadcrumb.</summary>
internal static class PageTitle
{
    // The breadcrumb ends with the headings of the section, one per level below the title.
    public static string Get(Chunk chunk)
    {
        var steps = chunk.Breadcrumb.Split(" > ");
        return steps[Math.Max(0, steps.Length - 1 - Math.Max(0, chunk.Depth - 1))];
    }
}
