using System.Text.Json;
using TurkishLlm.Files;
using static System.FormattableString;

namespace TurkishLlm.Tokenization.Foreign;

/// <summary>
/// Reads the vocabulary of a model folder of another program: <c>tokenizer.json</c> with a byte-level BPE, and the files beside
/// it that say what the special tokens mean.
/// </summary>
public sealed class HuggingFaceVocabularyReader
{
    private readonly JsonFields _json;
    private readonly JsonElement _root;
    private readonly HuggingFaceBytePairs _pairs;
    private readonly HuggingFaceSpecialTokens _specialTokens;

    private HuggingFaceVocabularyReader(string file, JsonElement root)
    {
        (_json, _root, _pairs) = (new JsonFields(file), root, HuggingFaceBytePairs.Read(file, root));
        _specialTokens = new(Path.GetDirectoryName(Path.GetFullPath(file))!, _json, _pairs);
    }

    /// <summary>Returns true for a <c>tokenizer.json</c> that is not one of this program.</summary>
    /// <exception cref="InvalidDataException">The file is not JSON.</exception>
    public static bool IsForeign(string file)
    {
        using var root = StrictJson.ParseFile(file);
        return !OwnTokenizerJson.IsOwn(root.RootElement);
    }

    /// <summary>Reads the vocabulary.</summary>
    /// <param name="file"><c>tokenizer.json</c>.</param>
    /// <param name="rows">Number of rows of the embedding; more than tokens if the vocabulary is filled up.</param>
    /// <exception cref="InvalidDataException">
    /// The file is damaged, or needs something that this program does not have.
    /// </exception>
    public static ForeignVocabulary Read(string file, int rows)
    {
        using var root = StrictJson.ParseFile(file);
        return new HuggingFaceVocabularyReader(file, root.RootElement).Read(rows);
    }

    private ForeignVocabulary Read(int rows)
    {
        RefuseTextTokens();
        var split = new HuggingFaceSplitRule(_json).Find(_root);
        RefuseOtherMerging(split);
        var special = _specialTokens.Find();
        var (tokens, kinds) = ListTokens(rows, [.. special.Values, .. _pairs.AddedTokens.Select(token => token.Id)]);
        var around = ReadTokensAroundText();
        return new()
        {
            Tokens = tokens,
            Kinds = kinds,
            Merges = [.. _pairs.Merges.Select(merge => $"{merge.Left} {merge.Right}")],
            Split = split,
            SpecialIds = special,
            AddsBeginOfText = IsAdded(SpecialTokens.BeginOfText),
            AddsEndOfText = IsAdded(SpecialTokens.EndOfText),
            NormalizesToNfc = _pairs.NormalizesToNfc,
            ChatTemplate = _specialTokens.ReadChatTemplate(),
        };

        bool IsAdded(int own) => special.TryGetValue(own, out var id) && around.Contains(tokens[id]);
    }

    private void RefuseTextTokens()
    {
        if (_pairs.AddedTokens.FirstOrDefault(token => !token.IsSpecial) is { } token)
            throw _json.Refuse(
                $"the added token \"{token.Name}\" is not special, so it is cut out of every text, which this program does not "
                    + "do. If no text has it, set its \"special\" to true");
    }

    private void RefuseOtherMerging(SplitRule split)
    {
        if (_pairs.IgnoresMerges == split.IgnoresMerges
            || new MergeCheck(_pairs.Merges, _pairs.GetTextTokens()).MakesEveryToken()) return;
        throw _json.Refuse(
            $"ignore_merges is {(_pairs.IgnoresMerges ? "on" : "off")}; with the split rule {split} it is "
                + $"{(split.IgnoresMerges ? "on" : "off")} in this program, and some tokens depend on it");
    }

    private (string[] Tokens, ForeignTokenKind[] Kinds) ListTokens(int rows, HashSet<int> special)
    {
        var (tokens, kinds) = (new string[rows], Enumerable.Repeat(ForeignTokenKind.Unused, rows).ToArray());
        for (var id = 0; id < rows; id++) tokens[id] = Invariant($"<unused_{id}>");
        var names = _pairs.Ids.Concat(_pairs.AddedTokens.Select(token => KeyValuePair.Create(token.Name, token.Id))).Distinct();
        foreach (var (name, id) in names)
        {
            if (id >= rows)
                throw _json.Refuse(Invariant(
                    $"\"{name}\" has the id {id}, but the model has {rows} rows. Give the tokenizer of the model"));
            if (kinds[id] != ForeignTokenKind.Unused)
                throw _json.Refuse(Invariant($"\"{tokens[id]}\" and \"{name}\" have the same id {id}"));
            (tokens[id], kinds[id]) = (name, special.Contains(id) ? ForeignTokenKind.Special : ForeignTokenKind.Text);
        }
        return (tokens, kinds);
    }

    // The tokens that the template of the file puts around a text.
    private HashSet<string> ReadTokensAroundText()
    {
        if (!_root.TryGetProperty("post_processor", out var last) || last.ValueKind != JsonValueKind.Object) return [];
        JsonElement[] steps = last.TryGetProperty("processors", out var several) && several.ValueKind == JsonValueKind.Array
            ? [.. several.EnumerateArray()]
            : [last];
        var parts = steps
            .Where(step => step.ValueKind == JsonValueKind.Object)
            .Select(step => step.TryGetProperty("single", out var single) ? single : default)
            .Where(single => single.ValueKind == JsonValueKind.Array)
            .SelectMany(single => single.EnumerateArray());
        return
        [
            .. parts
                .Where(part => part.ValueKind == JsonValueKind.Object && part.TryGetProperty("SpecialToken", out _))
                .Select(part => _json.GetString(part.GetProperty("SpecialToken"), "id")),
        ];
    }
}
