using System.Text.Json;
using ML = Microsoft.ML.Tokenizers;

namespace TurkishLlm.Tokenization.Foreign;

/// <summary>
/// Reads <c>tokenizer.json</c> of a byte-level BPE with any split rule, vocabulary and added tokens, and refuses what would
/// produce other ids than the file intends.
/// </summary>
internal sealed class HuggingFaceTokenizerReader(string file, JsonElement root)
{
    private const string Format = "byte-level BPE of Hugging Face";

    public LoadedTokenizer Read()
    {
        var pairs = HuggingFaceBytePairs.Read(file, root);
        var json = new JsonFields(file);
        var steps = new SplitRuleReader(json).Read(root);
        var normalizer = pairs.NormalizesToNfc ? new NfcNormalizer() : null;
        var (ids, added) = (pairs.Ids.ToDictionary(), pairs.AddedTokens.ToDictionary(token => token.Name, token => token.Id));
        var size = ids.Values.Concat(added.Values).Distinct().Count();
        var check = new MergeCheck(pairs.Merges, pairs.GetTextTokens());
        if (!pairs.IgnoresMerges || check.MakesEveryToken())
            return new(CreateByMerges(ids, pairs.Merges, steps, normalizer, added), Format, size);
        if (!check.IsByRank())
            throw json.Refuse(
                "ignore_merges is on, some tokens are not made by merges, and the merges are not all pairs in the order of ids");
        return new(CreateByRanks(ids, added, steps, normalizer), Format, size);
    }

    private static ML.BpeTokenizer CreateByMerges(
        Dictionary<string, int> ids, IReadOnlyList<(string Left, string Right)> merges, IReadOnlyList<SplitStep> steps,
        ML.Normalizer? normalizer, Dictionary<string, int> added) =>
        ML.BpeTokenizer.Create(new ML.BpeOptions(ids)
        {
            Merges = merges.Select(merge => $"{merge.Left} {merge.Right}"),
            PreTokenizer = new CodePointPreTokenizer(steps, added.Keys),
            Normalizer = normalizer,
            SpecialTokens = added.Count > 0 ? added : null,
            ByteLevel = true,
        });

    // A pre-token that is a token is taken whole; others merge by the order of ids. That is what tiktoken does.
    private static ML.TiktokenTokenizer CreateByRanks(
        Dictionary<string, int> ids, Dictionary<string, int> added, IReadOnlyList<SplitStep> steps, ML.Normalizer? normalizer)
    {
        using var ranks = new MemoryStream();
        using (var lines = new StreamWriter(ranks, leaveOpen: true))
            foreach (var (token, id) in ids.OrderBy(entry => entry.Value))
                if (!added.ContainsKey(token) && ByteAlphabet.TryDecode(token, out var bytes))
                    lines.Write(string.Create(
                        System.Globalization.CultureInfo.InvariantCulture, $"{Convert.ToBase64String(bytes)} {id}\n"));
        ranks.Position = 0;
        return TiktokenReader.Create(ranks, steps, normalizer, added);
    }
}
