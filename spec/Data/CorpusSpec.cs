using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using TurkishLlm.Data.Batches;
using TurkishLlm.Data.Corpus;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Spec.Data;

/// <summary>Documents keep their borders and their split.</summary>
public static class CorpusSpec
{
    // The gate cannot read a large corpus completely; errors in the preparation of shards show at their beginning.
    private const int TrainTokens = 16 << 20;
    private const int ValidationTokens = 4 << 20;

    /// <summary>The requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [DAT06_Borders, DAT19_Split, DAT32_Disjoint, DAT34_SameText];

    /// <summary>The first tokens of a split of the run.</summary>
    public static readonly Requirement<DataSplit, ushort[]> DAT06_Borders = new()
    {
        Id = "DAT-06",
        Statement = "Every document of the data is one begin-of-text token, ordinary tokens and one end-of-text token, with "
            + "nothing between documents.",
        Source = "BUG-DAT-06 and BUG-DAT-07: stanford-crfm/mistral #90; huggingface/transformers #23198; NVIDIA/Megatron-LM #431",
        CanonicalCases = [DataSplit.Train, DataSplit.Validation],
        Subject = (split, at) => DocumentTokens.ReadFirstTokens(at.Data.GetSplit(split), ValidationTokens),
        Holds = (tokens, split, at) => Verdict.All([
            Verdict.AtLeast(1, tokens.Length, $"{split} tokens"),
            CheckSpecialTokens(tokens),
            .. at.Data.GetSplit(split).Count > ValidationTokens ? Array.Empty<Verdict>() :
            [
                Verdict.Equal(SpecialTokens.EndOfText, tokens[^1], "last token"),
                Verdict.Equal(
                    at.Data.Manifest.CountDocuments(split),
                    tokens.LongCount(id => id == SpecialTokens.EndOfText),
                    "documents"),
            ]]),
        Impostors = new()
        {
            ["no end of text"] = (split, at) => [.. RunTokens(split, at).Where(id => id != SpecialTokens.EndOfText)],
            ["no begin of text"] = (split, at) => [.. RunTokens(split, at).Where(id => id != SpecialTokens.BeginOfText)],
            ["two ends of text"] = (split, at) =>
                [.. RunTokens(split, at).SelectMany(id => Enumerable.Repeat(id, id == SpecialTokens.EndOfText ? 2 : 1))],
            ["padding for the end of text"] = (split, at) =>
                [.. RunTokens(split, at).Select(id => id == SpecialTokens.EndOfText ? (ushort)SpecialTokens.Pad : id)],
            ["documents begin one token too early"] = (split, at) => RunTokens(split, at)[1..],
        },
    };

    /// <summary>Prepares documents and returns those of both splits as text.</summary>
    public static readonly Requirement<
        SplitCase, Func<IReadOnlyList<string>, (IReadOnlyList<string> Train, IReadOnlyList<string> Validation)>
    > DAT19_Split = new()
    {
        Id = "DAT-19",
        Statement = "Preparation puts every distinct document into exactly one split, once, and leaves neither split empty.",
        Source = "BUG-DAT-19: MakazhanAlpamys/Soup #680",
        CanonicalCases = [new(2, 1, 0.01), new(40, 40, 0.5), new(200, 25, 0.1)],
        Subject = (c, at) => documents => Prepare(documents, c.ValidationShare, at),
        Holds = (split, c, at) =>
        {
            var documents = c.Documents(at.Seed);
            var (train, validation) = split(documents);
            return Verdict.All(
                Verdict.AtLeast(1, train.Count, "training documents"),
                Verdict.AtLeast(1, validation.Count, "validation documents"),
                Verdict.AtMost(0, train.Intersect(validation).Count(), "documents in both splits"),
                Verdict.SameElements(
                    [.. documents.Distinct().Order(StringComparer.Ordinal)],
                    [.. train.Concat(validation).Order(StringComparer.Ordinal)], "documents"));
        },
        Impostors = new()
        {
            ["splits by position before looking for duplicates"] = (c, _) => documents =>
                SplitByPosition(documents, c.ValidationShare),
            ["leaves validation empty"] = (_, _) => documents => ([.. documents.Distinct()], []),
            ["validates on the first training documents"] = (_, _) => documents =>
                ([.. documents.Distinct()], [.. documents.Take(1)]),
            ["loses the last document"] = (_, _) => documents => ([.. documents.Distinct().Skip(1).SkipLast(1)], [documents[0]]),
            ["keeps duplicates"] = (_, _) => documents =>
                ([.. documents.Where(text => text != documents[1])], [documents[1], documents[1]]),
        },
    };

    /// <summary>The first tokens of the run's training and validation data.</summary>
    public static readonly Requirement<string, (ushort[] Train, ushort[] Validation)> DAT32_Disjoint = new()
    {
        Id = "DAT-32",
        Statement = "No validation document is a training document.",
        Source = "BUG-DAT-19: MakazhanAlpamys/Soup #680; Lee et al. 2022, arXiv:2107.06499",
        CanonicalCases = ["the run"],
        Subject = (_, at) => ReadBothSplits(at),
        Holds = (data, _, _) =>
        {
            var validation = DocumentTokens.SplitDocuments(data.Validation).Select(HashDocument).ToHashSet();
            return Verdict.All(
                Verdict.AtLeast(1, validation.Count, "validation documents"),
                Verdict.AtMost(
                    0,
                    DocumentTokens.SplitDocuments(data.Train).Count(document => validation.Contains(HashDocument(document))),
                    "shared documents"));
        },
        Impostors = new()
        {
            ["validation was appended to training"] = (_, at) =>
                ([.. ReadBothSplits(at).Train, .. ReadBothSplits(at).Validation], ReadBothSplits(at).Validation),
            ["training shards are opened for validation"] = (_, at) => (ReadBothSplits(at).Train, ReadBothSplits(at).Train),
            ["validation is empty"] = (_, at) => (ReadBothSplits(at).Train, []),
        },
    };

    /// <summary>Decodes the tokens of a document and encodes the text again.</summary>
    public static readonly Requirement<DataSplit, Func<int[], IReadOnlyList<int>>> DAT34_SameText = new()
    {
        Id = "DAT-34",
        Statement = "The documents of the data were encoded with the run's tokenizer: decoding and encoding them again gives the "
            + "same ids.",
        Source = "BUG-DAT-04: mlfoundations/open_lm PR #77",
        CanonicalCases = [DataSplit.Train, DataSplit.Validation],
        Subject = (_, at) => ids => at.Tokenizer.EncodeToIds(at.Tokenizer.Decode(ids)),
        Holds = (again, split, at) => Verdict.All(
            DocumentTokens.SplitDocuments(DocumentTokens.ReadFirstTokens(at.Data.GetSplit(split), ValidationTokens)).Take(16)
                .Select(document => document.Select(id => (int)id).ToArray())
                .Select(ids => Verdict.SameElements(ids, again(ids), "ids"))),
        Impostors = new()
        {
            ["special tokens are counted differently"] = (_, at) => ids =>
                [.. at.Tokenizer.EncodeToIds(at.Tokenizer.Decode(ids)).Select(id => id + 1)],
            ["puts a space before the text"] = (_, at) => ids => at.Tokenizer.EncodeToIds(" " + at.Tokenizer.Decode(ids)),
            ["loses the last token"] = (_, at) => ids => at.Tokenizer.EncodeToIds(at.Tokenizer.Decode(ids.SkipLast(1))),
        },
    };

    private static ushort[] RunTokens(DataSplit split, Conditions at) =>
        DocumentTokens.ReadFirstTokens(at.Data.GetSplit(split), ValidationTokens);

    private static (ushort[] Train, ushort[] Validation) ReadBothSplits(Conditions at) =>
        (
            DocumentTokens.ReadFirstTokens(at.Data.Train, TrainTokens),
            DocumentTokens.ReadFirstTokens(at.Data.Validation, ValidationTokens));

    private static Verdict CheckSpecialTokens(ushort[] tokens)
    {
        var inside = false;
        for (var i = 0; i < tokens.Length; i++)
        {
            var right = tokens[i] switch
            {
                SpecialTokens.BeginOfText => !inside,
                SpecialTokens.EndOfText => inside,
                < SpecialTokens.Count => false,
                _ => inside,
            };
            if (!right) return Verdict.That(false, string.Create(CultureInfo.InvariantCulture,
                $"token {i} is {tokens[i]} {(inside ? "inside" : "outside")} a document"));
            if (tokens[i] < SpecialTokens.Count) inside = tokens[i] == SpecialTokens.BeginOfText;
        }
        return Verdict.That(true, string.Create(CultureInfo.InvariantCulture, $"{tokens.Length} tokens at their positions"));
    }

    private static UInt128 HashDocument(ushort[] document) =>
        MemoryMarshal.Read<UInt128>(SHA256.HashData(MemoryMarshal.AsBytes(document.AsSpan())));

    private static (IReadOnlyList<string> Train, IReadOnlyList<string> Validation) Prepare(
        IReadOnlyList<string> documents, double share, Conditions at)
    {
        using var shards = new TemporaryShards();
        File.WriteAllText(shards["corpus.txt"], string.Join("\n\n", documents));
        CorpusPreparation.Prepare(
            at.Tokenizer,
            new(shards["corpus.txt"], shards["out"], share) { NearDuplicateSimilarity = null });
        using var data = TokenDataset.Open(shards["out"]);
        return (Text(data.Train), Text(data.Validation));

        IReadOnlyList<string> Text(TokenShard shard) =>
            [
                .. DocumentTokens
                    .SplitDocuments(DocumentTokens.ReadFirstTokens(shard, int.MaxValue))
                    .Select(ids => at.Tokenizer.Decode(ids.Select(id => (int)id))),
            ];
    }

    private static (IReadOnlyList<string>, IReadOnlyList<string>) SplitByPosition(IReadOnlyList<string> documents, double share)
    {
        var train = documents.Count - Math.Max(1, (int)(share * documents.Count));
        return ([.. documents.Take(train).Distinct()], [.. documents.Skip(train).Distinct()]);
    }
}

/// <summary>A corpus that repeats its first documents at its end.</summary>
/// <param name="Different">Different documents.</param>
/// <param name="Repeated">How many of them come twice.</param>
/// <param name="ValidationShare">Expected share of validation.</param>
public sealed record SplitCase(int Different, int Repeated, double ValidationShare)
{
    internal IReadOnlyList<string> Documents(long seed)
    {
        var different = Enumerable.Range(0, Different).Select(i => string.Create(CultureInfo.InvariantCulture,
            $"Ölçü kaydı {i}: kablo {CounterRandom.GetInt64(seed, 0, i, 1_000_000)} metre, ağırlık "
                + $"{i * 37 + 5} gram.\nIsı sınıfı uygundur."))
    .ToArray();
        return [.. different, .. different.Take(Repeated)];
    }
}
