using TurkishLlm.Files;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Spec.Tokenization;
using TurkishLlm.Synthesis;
using TurkishLlm.Synthesis.Building;
using TurkishLlm.Synthesis.Chunks;
using TurkishLlm.Synthesis.Documentation;

namespace TurkishLlm.Spec.Synthesis;

/// <summary>Splitting documentation into chunks without loss.</summary>
public static class ChunkSpec
{
    /// <summary>The requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [SYN01_Coverage, SYN03_Letters];

    /// <summary>SYN-01.</summary>
    public static readonly Requirement<ChunkCase, Func<Page, IReadOnlyList<Chunk>>> SYN01_Coverage = new()
    {
        Id = "SYN-01",
        Statement = "Every character of a page belongs to exactly one chunk; what a chunk repeats of another is marked as its "
            + "overlap, and no chunk is longer than allowed.",
        Source = "synthetic-data-kit utils/text.py: an overlap setting that is not used, and chunks by characters",
        CanonicalCases = [new(".html", 40, 120), new(".md", 33, 96), new(".txt", 27, 150)],
        Subject = (c, at) => page => new Chunker(at.Tokenizer, c.MaxTokens).Split([page]),
        Holds = (chunk, c, at) =>
        {
            var page = DocumentationReader.Parse(c.Document, c.Text(at.Seed))[0];
            var chunks = chunk(page);
            return Verdict.All(
                Verdict.AtLeast(4, chunks.Count, "chunks"),
                Verdict.Equal(chunks.Count, chunks.Select(piece => piece.ChunkId).Distinct().Count(), "different names"),
                Verdict.Equal(
                    page.Text,
                    string.Concat(
                        chunks.OrderBy(piece => piece.Offset).Select(piece => page.Text.Substring(piece.Offset, piece.Length))),
                    "own text of all chunks"),
                Verdict.SameElements(
                    [.. chunks.Select(piece => page.Text.Substring(piece.Offset, piece.Length).TrimEnd())],
                    [.. chunks.Select(piece => piece.Text[piece.Overlap..])],
                    "own text"),
                Verdict.That(
                    chunks.All(piece =>
                        piece.Text[..piece.Overlap].Split('\n').All(line => page.Text.Contains(line, StringComparison.Ordinal))),
                    "the overlap is on the page"),
                Verdict.AtMost(c.MaxTokens, chunks.Max(piece => at.Tokenizer.CountTokens(piece.Text)), "tokens of a chunk"),
                Verdict.That(
                    chunks.All(piece => piece.TokenCount == at.Tokenizer.CountTokens(piece.Text)),
                    "tokens are those of the text"));
        },
        Impostors = new()
        {
            ["text before the first section is dropped"] = Changed(chunks => [.. chunks.Where(piece => piece.Depth != 1)]),
            ["the last section is dropped"] = Changed(chunks => [.. chunks.SkipLast(1)]),
            ["a long section is cut off at the limit"] = Changed(chunks => [.. chunks.DistinctBy(piece => piece.SectionHeading)]),
            ["parts overlap without a mark"] = Changed(chunks =>
                [
                    .. chunks.Select(piece =>
                        piece.Overlap == 0 ? piece : piece with { Offset = piece.Offset - 3, Length = piece.Length + 3 }),
                ]),
            ["line ends become spaces"] = Changed(chunks =>
                [.. chunks.Select(piece => piece with { Text = piece.Text.Replace('\n', ' ') })]),
            ["sections are never cut"] = (_, at) => page => new Chunker(at.Tokenizer, int.MaxValue).Split([page]),
            ["parts have the same id as their section"] = Changed(chunks =>
                [.. chunks.Select(piece => piece with { ChunkId = piece.ChunkId.Split('.')[0] })]),
        },
    };

    /// <summary>SYN-03.</summary>
    public static readonly Requirement<TextCase, Func<SftMessage, string>> SYN03_Letters = new()
    {
        Id = "SYN-03",
        Statement = "Letters are written to files without escapes, and are read back unchanged.",
        Source = "synthetic-data-kit: json.dumps turns Turkish letters into \\u escapes in prompts and in the saved data set",
        CanonicalCases =
        [
            new("Işıklı “İğne” – %2’si: çâğöşü"), new("KÖŞE\t\"ÜÇGEN\" \\ ğ\nŞ"), new("Ω/km, 20 °C, ≤ 4×16 mm² için ıslak"),
        ],
        Subject = (_, _) => message => JsonText.Serialize(message),
        Holds = (write, c, _) =>
        {
            var text = c.Text;
            var line = write(new("user", text));
            return Verdict.All(
                Verdict.That(!line.Contains('\n', StringComparison.Ordinal), "one line"),
                Verdict.SameElements(
                    [.. text.Where(char.IsLetter)],
                    [
                        .. line.Replace("\\n", "", StringComparison.Ordinal)
                            .Replace("\\t", "", StringComparison.Ordinal)
                            .Where(char.IsLetter)
                            .Skip("roleusercontent".Length),
                    ],
                    "letter"),
                Verdict.Equal(
                    text, StrictJson.Parse(line, "chunk").RootElement.GetProperty("content").GetString(),
                    "text read back"));
        },
        Impostors = new()
        {
            ["escapes what is not ASCII"] = (_, _) => message =>
                System.Text.Json.JsonSerializer.Serialize(new { role = message.Role, content = message.Content }),
            ["strips diacritics"] = (_, _) => message =>
                JsonText.Serialize(message with { Content = string.Concat(message.Content.Select(Anchor.ToAscii)) }),
            ["drops what is not ASCII"] = (_, _) => message =>
                JsonText.Serialize(message with { Content = string.Concat(message.Content.Where(char.IsAscii)) }),
        },
    };

    private static Func<ChunkCase, Conditions, Func<Page, IReadOnlyList<Chunk>>> Changed(
        Func<IReadOnlyList<Chunk>, IReadOnlyList<Chunk>> change
    ) => (c, at) => page => change(SYN01_Coverage.Subject(c, at)(page));
}
