using TurkishLlm.Files;
using static System.FormattableString;

namespace TurkishLlm.Tokenization.Foreign;

/// <summary>
/// A tokenizer of this program that encodes as a <see cref="ForeignVocabulary"/> does, with the ids of this program: special
/// tokens, bytes, merges, then all other tokens. <see cref="Sources"/> says which id is which.
/// </summary>
/// <remarks>
/// Every token of the vocabulary has one id here, so no row of the model is lost and the softmax is over the same tokens. Special
/// tokens that the vocabulary lacks have an id here nevertheless: <see cref="AbsentIds"/>. Spec: IMP-01.
/// </remarks>
public sealed class VocabularyConversion
{
    /// <summary>The source of an id that has none.</summary>
    public const int NoSource = -1;

    private readonly ForeignVocabulary _vocabulary;
    private readonly string _file;
    private readonly List<int> _sources = [];
    private readonly List<int> _absentIds = [];

    private VocabularyConversion(ForeignVocabulary vocabulary, string file)
    {
        (_vocabulary, _file) = (vocabulary, file);
        AddSpecialTokens();
        var ids = GetTextTokens();
        var own = AddBytes(ids);
        var merges = AddMerges(ids, own);
        var names = AddOthers();
        if (_sources.Count > VocabularyLayout.MaximumSize)
            throw Refuse(Invariant(
                $"it has {vocabulary.Tokens.Count} tokens, with {_absentIds.Count} special tokens that it lacks ")
                    + Invariant($"{_sources.Count}; ids are stored in 16 bits, so at most {VocabularyLayout.MaximumSize} fit"));
        Tokenizer = new Tokenizer(vocabulary.Split, merges, names);
    }

    /// <summary>The tokenizer.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>
    /// The id in the other vocabulary of each id of <see cref="Tokenizer"/>, or <see cref="NoSource"/>. An absent begin of text
    /// has that of the end of text, which separates texts in such models.
    /// </summary>
    public IReadOnlyList<int> Sources => _sources;

    /// <summary>The special tokens of this program that the other vocabulary lacks.</summary>
    public IReadOnlyList<int> AbsentIds => _absentIds;

    /// <summary>Converts a vocabulary.</summary>
    /// <param name="vocabulary">The vocabulary.</param>
    /// <param name="file">Its file, for error messages.</param>
    /// <exception cref="InvalidDataException">
    /// No tokenizer of this program has the ids of the vocabulary; the message says why.
    /// </exception>
    public static VocabularyConversion Create(ForeignVocabulary vocabulary, string file)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        return new(vocabulary, file);
    }

    private void AddSpecialTokens()
    {
        var known = _vocabulary.SpecialIds;
        if (!known.TryGetValue(SpecialTokens.EndOfText, out var end))
            throw Refuse(
                "it does not say which token ends a text. Name it: eos_token in tokenizer_config.json, or "
                    + "tokenizer.ggml.eos_token_id");
        if (known.Values.Distinct().Count() < known.Count) throw Refuse("one token has two meanings among its special tokens");
        for (var id = 0; id < SpecialTokens.Count; id++)
        {
            if (!known.TryGetValue(id, out var source))
            {
                _absentIds.Add(id);
                source = id == SpecialTokens.BeginOfText ? end : NoSource;
            }
            _sources.Add(source);
        }
    }

    private Dictionary<string, int> GetTextTokens()
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (id, token) in _vocabulary.Tokens.Index())
            if (_vocabulary.Kinds[id] == ForeignTokenKind.Text && !ids.TryAdd(token, id))
                throw Refuse($"the token \"{token}\" has the ids {ids[token]} and {id}");
        return ids;
    }

    // Returns the id here of each token by its spelling.
    private Dictionary<string, int> AddBytes(Dictionary<string, int> ids)
    {
        var own = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var b = 0; b < 256; b++)
        {
            var spelling = ByteAlphabet.Encode([(byte)b]);
            if (!ids.TryGetValue(spelling, out var id))
                throw Refuse($"it has no token for byte {b}, so that it cannot encode every text");
            Add(own, spelling, id);
        }
        return own;
    }

    private List<(int Left, int Right)> AddMerges(Dictionary<string, int> ids, Dictionary<string, int> own)
    {
        var merges = new List<(int, int)>(_vocabulary.Merges.Count);
        foreach (var (number, merge) in _vocabulary.Merges.Index())
        {
            if (merge.Split(' ') is not [var left, var right]) throw Refuse($"merge {number} is not a pair: \"{merge}\"");
            if (!ids.TryGetValue(left + right, out var id))
                throw Refuse($"merge {number} makes \"{left + right}\", which is not in the vocabulary");
            if (own.ContainsKey(left + right))
                throw Refuse(
                    $"merge {number} makes \"{left + right}\", which an earlier merge makes; here a token has one merge");
            if (!own.TryGetValue(left, out var leftId) || !own.TryGetValue(right, out var rightId))
                throw Refuse($"merge {number} joins \"{left}\" and \"{right}\", of which one is not made by an earlier merge");
            merges.Add((leftId, rightId));
            Add(own, left + right, id);
        }
        return merges;
    }

    private void Add(Dictionary<string, int> own, string spelling, int source)
    {
        own.Add(spelling, _sources.Count);
        _sources.Add(source);
    }

    // Adds tokens that no text is encoded to, and returns their names here.
    private List<string> AddOthers()
    {
        var (seen, names) = (_sources.ToHashSet(), new HashSet<string>(SpecialTokens.Names, StringComparer.Ordinal));
        var added = new List<string>();
        foreach (var (id, token) in _vocabulary.Tokens.Index())
        {
            if (seen.Contains(id)) continue;
            if (_vocabulary.Kinds[id] == ForeignTokenKind.Text && _vocabulary.Split.IgnoresMerges)
                throw Refuse(
                    $"no merge makes the token \"{token}\", but by the split rule {_vocabulary.Split} a whole word becomes it");
            var name = _vocabulary.Kinds[id] == ForeignTokenKind.Special ? GetName(token, id) : Invariant($"<|unused_{id}|>");
            while (!names.Add(name)) name = $"{name[..^2]}_{Invariant($"{id}")}|>";
            added.Add(name);
            _sources.Add(id);
        }
        return added;
    }

    // Names have the form <|name|> here: [CLS] is <|CLS|>.
    private static string GetName(string token, int id)
    {
        var letters = string.Concat(token.Where(c => char.IsAsciiLetterOrDigit(c) || c == '_'));
        return letters.Length == 0 ? Invariant($"<|token_{id}|>") : $"<|{letters}|>";
    }

    private InvalidDataException Refuse(string reason) =>
        new($"The tokenizer in {_file} cannot be one of this program: {Excerpt.Of(reason, 400)}.");
}
