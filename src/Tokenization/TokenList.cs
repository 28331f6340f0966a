using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Tokenization;

/// <summary>
/// A tokenizer as lists of text, as GGUF files hold it. Bytes are spelled in the alphabet of GPT-2, special tokens are their
/// names.
/// </summary>
/// <param name="Tokens">The tokens, indexed by id.</param>
/// <param name="Merges">The merges in the order of learning: two tokens with a space between them.</param>
/// <remarks>Spec: GGF-04. Source: Radford et al. 2019 (GPT-2), <c>bytes_to_unicode</c>.</remarks>
public sealed record TokenList(IReadOnlyList<string> Tokens, IReadOnlyList<string> Merges)
{
    /// <summary>Lists the tokens and merges of a tokenizer.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="format">The chat format that names the special tokens; null for the names of this program.</param>
    public static TokenList FromTokenizer(Tokenizer tokenizer, ChatFormat? format = null)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        var afterMerges = VocabularyLayout.FirstMerge + tokenizer.Merges.Count;
        string[] tokens =
        [
            .. format?.TokenNames ?? SpecialTokens.Names,
            .. Enumerable.Range(VocabularyLayout.FirstByte, afterMerges - VocabularyLayout.FirstByte)
                .Select(id => ByteAlphabet.Encode(tokenizer.GetBytes(id))),
            .. tokenizer.AddedTokens,
        ];
        return new(tokens, [.. tokenizer.Merges.Select(merge => $"{tokens[merge.Left]} {tokens[merge.Right]}")]);
    }

    /// <summary>Returns true for a token that no text is encoded to.</summary>
    public bool IsSpecial(int id) =>
        id < SpecialTokens.Count || id >= VocabularyLayout.FirstMerge + Merges.Count;

    /// <summary>Returns the tokenizer with these tokens and merges.</summary>
    /// <param name="split">The split rule.</param>
    /// <param name="file">Name of the file for error messages.</param>
    /// <exception cref="InvalidDataException">No tokenizer of this program has them.</exception>
    public Tokenizer ToTokenizer(SplitRule split, string file)
    {
        var afterMerges = VocabularyLayout.FirstMerge + Merges.Count;
        if (Tokens.Count < afterMerges)
            throw Refuse(file, $"it has {Tokens.Count} tokens for 16 special tokens, 256 bytes and {Merges.Count} merges");
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (id, token) in Tokens.Index()) ids.TryAdd(token, id);
        var merges = Merges.Select(merge =>
            merge.Split(' ') is [var left, var right] && ids.TryGetValue(left, out var l) && ids.TryGetValue(right, out var r)
                ? (l, r)
                : throw Refuse(file, $"\"{merge}\" does not join two of its tokens")).ToArray();
        try
        {
            var tokenizer = new Tokenizer(split, merges, [.. Tokens.Skip(afterMerges)]);
            var format = ChatFormat.All.FirstOrDefault(format => format.TokenNames == ChatFormat.FindTokenNames(Tokens));
            return FromTokenizer(tokenizer, format).Tokens.Zip(Tokens).Index()
                .FirstOrDefault(pair => pair.Item.First != pair.Item.Second)
                is (var id, ({ } expected, { } found))
                ? throw Refuse(file, $"token {id} is \"{found}\", not \"{expected}\"")
                : tokenizer;
        }
        catch (ArgumentException error)
        {
            throw Refuse(file, error.Message.Split(" (Parameter", 2)[0].TrimEnd('.'));
        }
    }

    private static InvalidDataException Refuse(string file, string reason) =>
        new($"The tokenizer in {file} is not one of this program: {Files.Excerpt.Of(reason, 300)}.");
}
