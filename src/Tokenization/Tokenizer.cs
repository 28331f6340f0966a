using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace TurkishLlm.Tokenization;

/// <summary>
/// Converts text to token ids and back, by byte-level byte pair encoding. It is lossless: for every text without lone surrogates,
/// <c>Decode(EncodeToIds(text))</c> equals the text. Thread-safe.
/// </summary>
/// <remarks>
/// The tokenizer does not normalize: canonically equal texts (ü, or u with a combining diaeresis) have different ids. Text is
/// normalized by <see cref="TextNormalizer.ToNfc"/>, once, in corpus preparation and in prompts. A lone surrogate is not a
/// character and has no UTF-8; it is encoded as U+FFFD, as .NET's encoder does. The text of a special token, such as
/// <c>&lt;|eot_id|&gt;</c>, is encoded to ordinary ids. Methods are named like those of Microsoft.ML.Tokenizers. Spec: P01, P02,
/// P04, P05, P06, P07, P08, TOK-01, TOK-05, TOK-06, TOK-07, TOK-11, TOK-12, TOK-20, TOK-25. Source: Sennrich et al. 2016,
/// arXiv:1508.07909; Radford et al. 2019 (GPT-2).
/// </remarks>
public sealed class Tokenizer
{
    private readonly MergeTable _table;
    private readonly WholeTokens? _wholeTokens;
    private readonly ConcurrentBag<PreTokenEncoder> _encoders = [];   // idle encoders; as many as threads ever encoded at once
    private readonly byte[] _bytes;      // the bytes of all ids, concatenated
    private readonly int[] _starts;      // start of each id in _bytes, then the end of the last
    private readonly Lazy<string> _hash;

    /// <summary>Creates a tokenizer from its merges.</summary>
    /// <param name="merges">
    /// Pairs in the order of learning; pair <c>i</c> produces the id <see cref="VocabularyLayout.FirstMerge"/> + i.
    /// </param>
    /// <param name="addedTokens">
    /// Names of additional special tokens, such as <c>&lt;|plan|&gt;</c>; their ids follow those of the merges.
    /// </param>
    /// <exception cref="ArgumentException">
    /// A pair names an id that is special or not defined yet, is repeated or produces the same token as another pair; there are
    /// too many merges; or a name has the wrong form or is repeated.
    /// </exception>
    public Tokenizer(IReadOnlyList<(int Left, int Right)> merges, params IReadOnlyList<string> addedTokens)
        : this(SplitRule.Turkish, merges, addedTokens)
    {
    }

    /// <summary>Creates a tokenizer from its split rule and its merges.</summary>
    /// <param name="split">The rule by which text is split before merging: the one that the merges were learned with.</param>
    /// <param name="merges"><inheritdoc cref="Tokenizer(IReadOnlyList{ValueTuple{int, int}}, IReadOnlyList{string})"/></param>
    /// <param name="addedTokens">Names of additional special tokens.</param>
    /// <exception cref="ArgumentException">As for the other constructor.</exception>
    public Tokenizer(
        SplitRule split, IReadOnlyList<(int Left, int Right)> merges, params IReadOnlyList<string> addedTokens)
    {
        ArgumentNullException.ThrowIfNull(split);
        ArgumentNullException.ThrowIfNull(merges);
        ArgumentNullException.ThrowIfNull(addedTokens);
        (Split, Merges, AddedTokens) = (split, [.. merges], [.. addedTokens]);
        foreach (var (i, name) in AddedTokens.Index()) RefuseInvalidName(name, AddedTokens.Take(i));
        (_bytes, _starts) = BuildByteTable(Merges, AddedTokens);
        _table = new MergeTable(Merges);
        _wholeTokens = split.IgnoresMerges ? new WholeTokens(Merges.Count, id => GetBytes(id)) : null;
        _hash = new(() => Convert.ToHexStringLower(SHA256.HashData(TokenizerFile.Write(this))));
    }

    /// <summary>Number of ids: special tokens, bytes, merges and added tokens.</summary>
    public int VocabularySize => VocabularyLayout.FirstMerge + Merges.Count + AddedTokens.Count;

    /// <summary>The rule by which text is split before merging.</summary>
    public SplitRule Split { get; }

    /// <summary>The merges in the order of learning.</summary>
    public IReadOnlyList<(int Left, int Right)> Merges { get; }

    /// <summary>Names of the special tokens that were added after the merges. No text is encoded to one of them.</summary>
    public IReadOnlyList<string> AddedTokens { get; }

    /// <summary>
    /// SHA-256 of the <c>tokenizer.json</c> that <see cref="Save"/> writes, in lower-case hexadecimal. Equal tokenizers have
    /// equal hashes.
    /// </summary>
    public string Hash => _hash.Value;

    /// <summary>Loads and validates <c>tokenizer.json</c> from a directory.</summary>
    /// <exception cref="FileNotFoundException">The file does not exist.</exception>
    /// <exception cref="InvalidDataException">The file is damaged or is not a tokenizer of this project.</exception>
    public static Tokenizer Load(string directory) => TokenizerFile.Load(directory);

    /// <summary>
    /// Writes <c>tokenizer.json</c> to a directory, which is created if missing. Equal tokenizers produce equal bytes.
    /// </summary>
    public void Save(string directory) => TokenizerFile.Save(this, directory);

    /// <summary>Returns this tokenizer with additional special tokens; all existing ids keep their meaning.</summary>
    /// <exception cref="ArgumentException">
    /// A name is not of the form <c>&lt;|name|&gt;</c> or already exists, or there are too many.
    /// </exception>
    public Tokenizer WithAddedTokens(params IReadOnlyList<string> names) => new(Split, Merges, [.. AddedTokens, .. names]);

    /// <summary>
    /// Returns a tokenizer with the same tokens and another split rule: the ids that a program with that rule produces.
    /// </summary>
    public Tokenizer WithSplit(SplitRule split) => new(split, Merges, AddedTokens);

    /// <summary>Returns true if this is the tokenizer with the given hash, possibly with added special tokens.</summary>
    public bool IsExtensionOf(string hash) =>
        Enumerable.Range(0, AddedTokens.Count + 1)
            .Any(count => new Tokenizer(Split, Merges, [.. AddedTokens.Take(count)]).Hash == hash);

    /// <summary>Encodes a text. The result contains no special id.</summary>
    public IReadOnlyList<int> EncodeToIds(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return EncodeToIds(text.AsSpan());
    }

    /// <inheritdoc cref="EncodeToIds(string)"/>
    public IReadOnlyList<int> EncodeToIds(ReadOnlySpan<char> text)
    {
        var ids = new List<int>(text.Length / 3 + 4);
        EncodeToIds(text, ids);
        return ids;
    }

    /// <summary>
    /// Appends the ids of a text to a list. Apart from the growth of the list, allocates only for pre-tokens of more than 85
    /// characters.
    /// </summary>
    public void EncodeToIds(ReadOnlySpan<char> text, List<int> destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        var encoder = Rent();
        foreach (var preToken in Split.Split(text))
        {
            var ids = encoder.Encode(preToken);
            var before = destination.Count;
            CollectionsMarshal.SetCount(destination, before + ids.Length);
            var added = CollectionsMarshal.AsSpan(destination)[before..];
            for (var i = 0; i < ids.Length; i++) added[i] = ids[i];
        }
        _encoders.Add(encoder);
    }

    /// <summary>Encodes the beginning of a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="maxTokenCount">Maximum number of ids.</param>
    /// <param name="charsConsumed">Number of characters that the ids represent; no character is split.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxTokenCount"/> is negative.</exception>
    public IReadOnlyList<int> EncodeToIds(ReadOnlySpan<char> text, int maxTokenCount, out int charsConsumed)
    {
        var ids = new List<int>();
        charsConsumed = EncodePrefix(text, maxTokenCount, ids);
        return ids;
    }

    /// <summary>Encodes many texts on all processors and returns their ids in the order of the texts.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was set.</exception>
    public IReadOnlyList<IReadOnlyList<int>> EncodeBatch(
        IReadOnlyList<string> texts,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var ids = new IReadOnlyList<int>[texts.Count];
        Parallel.For(0, texts.Count, new ParallelOptions { CancellationToken = cancellationToken }, i =>
            ids[i] = EncodeToIds(texts[i]));
        return ids;
    }

    /// <summary>Returns the number of ids of a text.</summary>
    public int CountTokens(ReadOnlySpan<char> text)
    {
        var (encoder, count) = (Rent(), 0);
        foreach (var preToken in Split.Split(text)) count += encoder.Encode(preToken).Length;
        _encoders.Add(encoder);
        return count;
    }

    /// <summary>Returns the index up to which a text has at most the given number of tokens.</summary>
    /// <param name="text">The text; little beyond the index is read.</param>
    /// <param name="maxTokenCount">Maximum number of tokens before the index.</param>
    /// <param name="tokenCount">
    /// Number of tokens before the index; smaller than the maximum if the last ones would end within a character.
    /// </param>
    /// <returns>An index in characters.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxTokenCount"/> is negative.</exception>
    public int GetIndexByTokenCount(ReadOnlySpan<char> text, int maxTokenCount, out int tokenCount)
    {
        var ids = new List<int>();
        var index = EncodePrefix(text, maxTokenCount, ids);
        tokenCount = ids.Count;
        return index;
    }

    /// <summary>Returns the index from which on a text has at most the given number of tokens.</summary>
    /// <param name="text">The text.</param>
    /// <param name="maxTokenCount">Maximum number of tokens after the index.</param>
    /// <param name="tokenCount">
    /// Number of tokens after the index; smaller than the maximum if the first ones would begin within a character.
    /// </param>
    /// <returns>An index in characters.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxTokenCount"/> is negative.</exception>
    public int GetIndexByTokenCountFromEnd(ReadOnlySpan<char> text, int maxTokenCount, out int tokenCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxTokenCount);
        var ids = EncodeToIds(text);
        var spans = new TokenSpans(text);
        tokenCount = ids.Count;
        while (tokenCount > maxTokenCount || !spans.IsBetweenCharacters) spans.Advance(GetBytes(ids[^tokenCount--]).Length);
        return spans.Position;
    }

    /// <summary>Encodes a text to tokens with the characters that each represents.</summary>
    public IReadOnlyList<EncodedToken> EncodeToTokens(ReadOnlySpan<char> text)
    {
        var tokens = new List<EncodedToken>();
        var spans = new TokenSpans(text);
        foreach (var id in EncodeToIds(text))
        {
            var (start, length) = spans.Advance(GetBytes(id).Length);
            tokens.Add(new EncodedToken(id, GetText(id), start, length));
        }
        return tokens;
    }

    /// <summary>Decodes ids to text. Special ids give their names; invalid UTF-8 gives U+FFFD.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An id is not in the vocabulary.</exception>
    public string Decode(IEnumerable<int> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        var bytes = new List<byte>();
        foreach (var id in ids) bytes.AddRange(GetBytes(id));
        return Encoding.UTF8.GetString(CollectionsMarshal.AsSpan(bytes));
    }

    /// <summary>Returns the bytes of an id; for a special id, those of its name.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is not in the vocabulary.</exception>
    public ReadOnlySpan<byte> GetBytes(int id)
    {
        if ((uint)id >= (uint)VocabularySize)
            throw new ArgumentOutOfRangeException(
                nameof(id), id, $"The id must be in the range 0 … {VocabularySize - 1} of the vocabulary.");
        return _bytes.AsSpan(_starts[id].._starts[id + 1]);
    }

    // Encodes a text as one pre-token, without the split rule.
    internal List<int> EncodeWithoutSplitting(ReadOnlySpan<char> text)
    {
        var (encoder, ids) = (Rent(), new List<int>());
        foreach (var id in encoder.Encode(text)) ids.Add(id);
        _encoders.Add(encoder);
        return ids;
    }

    private PreTokenEncoder Rent() => _encoders.TryTake(out var encoder) ? encoder : new PreTokenEncoder(_table, _wholeTokens);

    // Encodes the longest prefix that ends at a character boundary, and returns its length.
    private int EncodePrefix(ReadOnlySpan<char> text, int maxTokenCount, List<int> ids)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxTokenCount);
        var spans = new TokenSpans(text);
        var (encoder, end, whole) = (Rent(), 0, 0);
        for (var preTokens = Split.Split(text); ids.Count < maxTokenCount && preTokens.MoveNext();)
            foreach (var id in encoder.Encode(preTokens.Current))
            {
                if (ids.Count == maxTokenCount) break;
                ids.Add(id);
                spans.Advance(GetBytes(id).Length);
                if (spans.IsBetweenCharacters) (end, whole) = (spans.Position, ids.Count);
            }
        CollectionsMarshal.SetCount(ids, whole);
        _encoders.Add(encoder);
        return end;
    }

    // The text of an id; bytes that are no complete character are written like <0xC5>.
    internal string GetText(int id)
    {
        var text = new StringBuilder();
        for (var rest = GetBytes(id); !rest.IsEmpty;)
        {
            if (Rune.DecodeFromUtf8(rest, out var rune, out var used) == System.Buffers.OperationStatus.Done)
                text.Append(rune.ToString());
            else
                foreach (var part in rest[..used]) text.Append("<0x").Append(Convert.ToHexString([part])).Append('>');
            rest = rest[used..];
        }
        return text.ToString();
    }

    private static void RefuseInvalidName(string name, IEnumerable<string> earlier)
    {
        if (
            !name.StartsWith("<|", StringComparison.Ordinal)
            || !name.EndsWith("|>", StringComparison.Ordinal)
            || name.Length < 5
            || !name[2..^2].All(c => char.IsAsciiLetterOrDigit(c) || c == '_'))
            throw new ArgumentException(
                $"\"{name}\" is not the name of a special token. Use the form <|plan|>, with letters a–z, digits "
                    + "and underscores.",
                nameof(name));
        if (SpecialTokens.Names.Concat(earlier).Contains(name, StringComparer.Ordinal))
            throw new ArgumentException($"The special token {name} exists already.", nameof(name));
    }

    private static (byte[] Bytes, int[] Starts) BuildByteTable(
        IReadOnlyList<(int Left, int Right)> merges, IReadOnlyList<string> added)
    {
        var size = VocabularyLayout.FirstMerge + merges.Count + added.Count;
        if (size > VocabularyLayout.MaximumSize)
            throw new ArgumentException(
                $"The vocabulary would have {size} ids; ids are stored in 16 bits, so the maximum is "
                    + $"{VocabularyLayout.MaximumSize}.",
                nameof(merges));

        var spellings = new List<byte[]>(size);
        foreach (var name in SpecialTokens.Names) spellings.Add(Encoding.UTF8.GetBytes(name));
        for (var b = 0; b < 256; b++) spellings.Add([(byte)b]);

        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (left, right) in merges)
        {
            var id = spellings.Count;
            if (left < VocabularyLayout.FirstByte || right < VocabularyLayout.FirstByte || left >= id || right >= id)
                throw new ArgumentException(
                    $"Merge {id - VocabularyLayout.FirstMerge} joins {left} and {right}; it may join ids "
                        + $"{VocabularyLayout.FirstByte} … {id - 1}.",
                    nameof(merges));
            byte[] joined = [.. spellings[left], .. spellings[right]];
            if (!seen.Add(ByteAlphabet.Encode(joined)))
                throw new ArgumentException(
                    $"Merge {id - VocabularyLayout.FirstMerge} joins {left} and {right} to a token that an "
                        + "earlier merge produces.",
                    nameof(merges));
            spellings.Add(joined);
        }
        foreach (var name in added) spellings.Add(Encoding.UTF8.GetBytes(name));

        var starts = new int[size + 1];
        for (var id = 0; id < size; id++) starts[id + 1] = starts[id] + spellings[id].Length;
        return ([.. spellings.SelectMany(bytes => bytes)], starts);
    }
}
