using System.Globalization;
using TurkishLlm.Synthesis.Documentation;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Synthesis.Chunks;

/// <summary>
/// Splits pages into chunks at their headings, and long sections by a token limit. Every character of a page belongs to exactly
/// one chunk. Text that a later part of a section repeats, such as its headings and the header of its table, counts as overlap.
/// </summary>
/// <remarks>A heading without text of its own is merged into the chunk of the heading below it. Spec: SYN-01.</remarks>
public sealed class Chunker
{
    /// <summary>Default maximum number of tokens of a chunk.</summary>
    public const int DefaultMaxTokens = 512;

    /// <summary>Smallest allowed maximum; less hardly fits a word.</summary>
    public const int MinTokens = 16;

    private readonly Tokenizer _tokenizer;
    private readonly int _maxTokens;
    private readonly BlockSplitter _splitter;

    /// <param name="tokenizer">Counts the tokens.</param>
    /// <param name="maxTokens">Maximum number of tokens of a chunk.</param>
    /// <exception cref="InvalidDataException">The maximum is below <see cref="MinTokens"/>.</exception>
    public Chunker(Tokenizer tokenizer, int maxTokens = DefaultMaxTokens)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        if (maxTokens < MinTokens)
            throw new InvalidDataException(
                FormattableString.Invariant($"The maximum of {maxTokens} tokens per chunk is too small; ")
                + FormattableString.Invariant($"it must be at least {MinTokens}, such as {DefaultMaxTokens}."));
        (_tokenizer, _maxTokens) = (tokenizer, maxTokens);
        _splitter = new(tokenizer, maxTokens);
    }

    /// <summary>Splits all pages into chunks, in order, with links resolved to pages of the same documentation.</summary>
    public IReadOnlyList<Chunk> Split(IReadOnlyList<Page> pages)
    {
        ArgumentNullException.ThrowIfNull(pages);
        var site = new Site(pages);
        var names = new HashSet<string>(StringComparer.Ordinal);
        return [.. pages.SelectMany(page => Split(page, site, names))];
    }

    private IEnumerable<Chunk> Split(Page page, Site site, HashSet<string> names)
    {
        var ids = new Dictionary<Section, string>();
        foreach (var section in Section.Split(page))
        {
            var id = section.Anchor.Length == 0 ? page.Name : $"{page.Name}#{section.Anchor}";
            if (!names.Add(id)) names.Add(id = $"{page.Document}#{section.Anchor}");
            ids[section] = id;
            var part = 0;
            foreach (var (start, length, lead) in SplitSection(page, section))
            {
                var text = lead + page.Text.Substring(start, length).TrimEnd();
                var blocks = section
                    .Blocks.Where(block => block.Start < start + length && start < block.Start + block.Length)
                    .ToArray();
                var links = blocks
                    .SelectMany(block => block.Links)
                    .Select(link => site.Resolve(page, link))
                    .OfType<string>()
                    .Where(link => link != page.Document)
                    .Distinct()
                    .ToArray();
                yield return new(
                    part++ == 0 ? id : string.Create(CultureInfo.InvariantCulture, $"{id}.{part}"),
                    site.GetModuleName(page),
                    section.Heading, string.Join(" > ", [.. page.Breadcrumb.DefaultIfEmpty(page.Title), .. section.Path]),
                    page.Language,
                    _tokenizer.CountTokens(text),
                    blocks.Any(block => block.Kind == BlockKind.Table),
                    blocks.Any(block => block.Kind == BlockKind.Code),
                    [
                        .. links
                            .Select(site.GetPage)
                            .Where(other => other.Module != page.Module)
                            .Select(site.GetModuleName)
                            .Distinct(),
                    ],
                    text)
                {
                    Document = page.Document,
                    ModuleKey = page.Module,
                    Submodule = page.Submodule,
                    Level = page.Level,
                    IsHead = page.IsHead,
                    Depth = section.Level,
                    Parent = section.Parent is { } parent ? ids[parent] : "",
                    Offset = start,
                    Length = length,
                    Overlap = lead.Length,
                    Links = links,
                    Tables = site.FindTables(text),
                    PreviousDocument = site.Resolve(page, page.Previous) ?? "",
                    NextDocument = site.Resolve(page, page.Next) ?? "",
                };
            }
        }
    }

    private IEnumerable<(int Start, int Length, string Lead)> SplitSection(Page page, Section section)
    {
        if (_tokenizer.CountTokens(page.Text.AsSpan(section.Start, section.Length).TrimEnd()) <= _maxTokens)
        {
            yield return (section.Start, section.Length, "");
            yield break;
        }
        var heading = $"{new string('#', Math.Max(1, section.Level))} {section.Heading}\n\n";
        if (_tokenizer.CountTokens(heading) > _maxTokens / 3) heading = "";

        var (start, length, lead) = (section.Start, 0, "");
        foreach (var range in section.Blocks.SelectMany(block => _splitter.Split(page.Text, block)))
        {
            if (length > 0 && !Fits(lead, start, length + range.Length))
            {
                yield return (start, length, lead);
                (start, length) = (range.Start, 0);
                lead = heading + range.Lead;
                if (!Fits(lead, start, range.Length)) lead = "";
            }
            length += range.Length;
        }
        if (length > 0) yield return (start, length, lead);

        bool Fits(string before, int from, int count) =>
            _tokenizer.CountTokens(before + page.Text.Substring(from, count).TrimEnd()) <= _maxTokens;
    }
}
