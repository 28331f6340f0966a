using System.Buffers;
using System.Text;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Spec.Tokenization;

/// <summary>Decoding into small destinations by the base class of Microsoft.ML.Tokenizers.</summary>
public static class MLDecodingSpec
{
    /// <summary>TOK-34.</summary>
    public static readonly Requirement<TextCase, Microsoft.ML.Tokenizers.Tokenizer> Tok34_DecodesInParts = new()
    {
        Id = "TOK-34",
        Statement = "Decoding into a small destination writes all whole characters that fit, and the ids that it leaves "
            + "decode to the rest of the text.",
        Source = "Microsoft.ML.Tokenizers 2.0, Tokenizer.Decode",
        CanonicalCases =
        [
            new("ş😀 𐱅𐰇𐰼𐰰 𝐀𐀀ꦀ a😀😀\u200D b"), new("\uDE00a\uD83D 😀\uD83D"), new(TurkishSamples.Letters),
        ],
        Subject = (_, at) => at.Tokenizer.AsMLTokenizer(),
        Holds = (tokenizer, c, at) =>
        {
            int[] bytes = [.. Encoding.UTF8.GetBytes(c.Text).Select(b => VocabularyLayout.FirstByte + b)];
            return Verdict.All(
            [
                .. from ids in (int[][])[[.. at.Tokenizer.EncodeToIds(c.Text)], bytes]
                   from capacity in Enumerable.Range(0, c.Text.Length + 2)
                   select DecodesWhatFits(tokenizer, at.Tokenizer, ids, capacity),
                .. from skipped in Enumerable.Range(0, Math.Min(4, bytes.Length))
                   select DecodesAllInParts(tokenizer, at.Tokenizer, bytes[skipped..^(skipped / 2)]),
            ]);
        },
        Impostors = new()
        {
            ["decodes each id by itself"] = (_, at) => new IncorrectMLTokenizer(at.Tokenizer)
            {
                DecodeIds = (ids, destination) => DecodeOneByOne(at.Tokenizer, ids, destination),
            },
            ["cuts the text where the destination ends"] = (_, at) => new IncorrectMLTokenizer(at.Tokenizer)
            {
                DecodeIds = (ids, destination) => FillUp(at.Tokenizer, ids, destination),
            },
            ["decodes all ids or none"] = (_, at) => new IncorrectMLTokenizer(at.Tokenizer)
            {
                DecodeIds = (ids, destination) =>
                {
                    var text = at.Tokenizer.Decode(ids);
                    if (text.Length > destination.Length) return (OperationStatus.DestinationTooSmall, 0, 0);
                    text.CopyTo(destination);
                    return (OperationStatus.Done, ids.Count, text.Length);
                },
            },
        },
    };

    /// <summary>All requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [Tok34_DecodesInParts];

    // The longest beginning that ends between two characters of the text and fits.
    private static Verdict DecodesWhatFits(
        Microsoft.ML.Tokenizers.Tokenizer tokenizer, Tokenizer bytesOf, int[] ids, int capacity)
    {
        var whole = DecodeByDefinition(bytesOf, ids);
        var (expectedCount, expectedText) = Enumerable.Range(0, ids.Length + 1)
            .Select(count => (Count: count, Text: DecodeByDefinition(bytesOf, ids[..count])))
            .Where(part => part.Text.Length <= capacity && part.Text + DecodeByDefinition(bytesOf, ids[part.Count..]) == whole)
            .MaxBy(part => part.Count);
        var buffer = new char[capacity];
        var status = tokenizer.Decode(ids, buffer, out var consumed, out var written);
        return Verdict.All(
            Verdict.Equal(
                whole.Length <= capacity ? OperationStatus.Done : OperationStatus.DestinationTooSmall, status, "status"),
            Verdict.Equal(expectedCount, consumed, "decoded ids"),
            Verdict.Equal(expectedText, new string(buffer, 0, written), "decoded text"));
    }

    // Bytes that are no text are decoded in parts as they are together.
    private static Verdict DecodesAllInParts(Microsoft.ML.Tokenizers.Tokenizer tokenizer, Tokenizer bytesOf, int[] ids)
    {
        var (text, buffer, rest, parts) = (new StringBuilder(), new char[4], ids, 0);
        for (var status = OperationStatus.DestinationTooSmall; status != OperationStatus.Done && parts <= ids.Length; parts++)
        {
            status = tokenizer.Decode(rest, buffer, out var consumed, out var written);
            text.Append(buffer, 0, written);
            rest = rest[consumed..];
        }
        return Verdict.Equal(DecodeByDefinition(bytesOf, ids), text.ToString(), "text decoded in parts");
    }

    private static string DecodeByDefinition(Tokenizer bytesOf, IEnumerable<int> ids) =>
        Encoding.UTF8.GetString([.. ids.SelectMany(id => bytesOf.GetBytes(id).ToArray())]);

    private static (OperationStatus, int, int) DecodeOneByOne(Tokenizer tokenizer, IReadOnlyList<int> ids, char[] destination)
    {
        var written = 0;
        foreach (var (i, id) in ids.Index())
        {
            var text = tokenizer.Decode([id]);
            if (written + text.Length > destination.Length) return (OperationStatus.DestinationTooSmall, i, written);
            text.CopyTo(destination.AsSpan(written));
            written += text.Length;
        }
        return (OperationStatus.Done, ids.Count, written);
    }

    // As many characters as fit, of the ids that begin with them.
    private static (OperationStatus, int, int) FillUp(Tokenizer tokenizer, IReadOnlyList<int> ids, char[] destination)
    {
        var text = tokenizer.Decode(ids);
        var written = Math.Min(text.Length, destination.Length);
        text.AsSpan(0, written).CopyTo(destination);
        var consumed = Enumerable.Range(0, ids.Count + 1).First(count => tokenizer.Decode(ids.Take(count)).Length >= written);
        return (written == text.Length ? OperationStatus.Done : OperationStatus.DestinationTooSmall, consumed, written);
    }
}
