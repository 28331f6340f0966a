using TurkishLlm.Synthesis.Documentation;

namespace TurkishLlm.Synthesis.Chunks;

/// <summary>A heading of a page with the blocks up to the next heading.</summary>
internal sealed class Section
{
    private Section(
        List<PageBlock> blocks, string anchor, string heading, int level, IReadOnlyList<string> path,
        Section? parent) => (Blocks, Anchor, Heading, Level, Path, Parent) = (blocks, anchor, heading, level, path, parent);

    public List<PageBlock> Blocks { get; }

    /// <summary>The anchor; empty for the part before the first heading.</summary>
    public string Anchor { get; }

    public string Heading { get; }

    public int Level { get; }

    /// <summary>The headings from the one below the title down to its own.</summary>
    public IReadOnlyList<string> Path { get; }

    public Section? Parent { get; }

    public int Start => Blocks[0].Start;

    public int Length => Blocks[^1].Start + Blocks[^1].Length - Start;

    /// <summary>Splits a page into sections that cover it without gap or overlap.</summary>
    public static List<Section> Split(Page page)
    {
        List<Section> sections = [];
        List<PageBlock> open = [];
        List<PageBlock> headings = [];
        foreach (var block in page.Blocks)
        {
            if (block.Kind == BlockKind.Heading)
            {
                if (open.Exists(b => b.Kind != BlockKind.Heading)) Close();
                headings.RemoveAll(heading => heading.Level >= block.Level);
                headings.Add(block);
            }
            open.Add(block);
        }
        if (open.Exists(b => b.Kind != BlockKind.Heading) || sections.Count == 0) Close();
        else sections[^1].Blocks.AddRange(open);      // headings at the end of a page, without text
        return sections;

        void Close()
        {
            var below = headings.FindAll(heading => heading.Level > 1);
            var own = headings.Count > 0 ? headings[^1] : null;
            var parent = below.Count > 1 ? sections.FindLast(section => section.Anchor == below[^2].Anchor) : null;
            sections.Add(
                new(
                    [.. open],
                    own?.Anchor ?? "", own is null ? page.Title : Words(own), own?.Level ?? 0,
                    [.. below.Select(Words)],
                    parent));
            open.Clear();
        }

        string Words(PageBlock heading) =>
            page.Text.AsSpan(heading.Start, heading.Length).Trim().TrimStart('#').Trim().ToString();
    }
}
