using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace TurkishLlm.Tokenization;

/// <summary>
/// Text to ids and back, by byte-level byte pair encoding. Nothing of the text is changed: for every text without lone
/// surrogates, <c>Decode(EncodeToIds(text))</c> is the text. All methods may be called from any number of threads.
/// </summary>
/// <remarks>
/// There is no normaliser: canonically equal texts (ü, or u with a combining diaeresis) have different ids. Text enters the
/// system through <see cref="TextNormalizer.ToNfc"/>, once, in corpus preparation and in prompts.
/// A lone surrogate is not a character and has no UTF-8; it is encoded as U+FFFD, as .NET's encoder does.
/// The text of a special token, such as <c>&lt;|eot_id|&gt;</c>, encodes to ordinary ids.
/// Methods are named as those of Microsoft.ML.Tokenizers are.
/// Spec: P01, P02, P04, P05, P06, P07, P08, TOK-01, TOK-05, TOK-06, TOK-07, TOK-11, TOK-12, TOK-20, TOK-25.
/// Source: Sennrich et al. 2016, arXiv:1508.07909; Radford et al. 2019 (GPT-2).
/// </remarks>
public sealed class Tokenizer
{
    private readonly MergeTable _table;
    private readonly ConcurrentBag<PreTokenEncoder> _encoders = [];   // idle ones; as many as threads ever encoded at once
    private readonly byte[] _bytes;      // of all ids, one after the other
    private readonly int[] _starts;      // start of each id in _bytes, and the end of the last
    private readonly Lazy<string> _hash;

    /// <summary>A tokenizer from its merges.</summary>
    /// <param name="merges">Pairs in the order of learning; pair <c>i</c> makes the id <see cref="VocabularyLayout.FirstMerge"/> + i.</param>
    /// <param name="addedTokens">Names of further special tokens, such as <c>&lt;|plan|&gt;</c>; their ids follow those of the merges.</param>
    /// <exception cref="ArgumentException">A pair names an id that is special or not yet made, comes twice, makes a token
    /// that another pair makes, or there are too many; or a name is not of that form, or stands twice.</exception>
    public Tokenizer(IReadOnlyList<(int Left, int Right)> merges, params IReadOnlyList<string> addedTokens)
    {
        ArgumentNullException.ThrowIfNull(merges);
        ArgumentNullException.ThrowIfNull(addedTokens);
        (Merges, AddedTokens) = ([.. merges], [.. addedTokens]);
        foreach (var (i, name) in AddedTokens.Index()) RefuseInvalidName(name, AddedTokens.Take(i));
        (_bytes, _starts) = BuildByteTable(Merges, AddedTokens);
        _table = new MergeTable(Merges);
        _hash = new(() => Convert.ToHexStringLower(SHA256.HashData(TokenizerFile.Write(this))));
    }

    /// <summary>How many ids there are: special tokens, bytes and merges.</summary>
    public int VocabularySize => VocabularyLayout.FirstMerge + Merges.Count + AddedTokens.Count;

    /// <summary>The merges in the order of learning.</summary>
    public IReadOnlyList<(int Left, int Right)> Merges { get; }

    /// <summary>
    /// Names of the special tokens that were added behind the merges. No text encodes to one, as to none of the first sixteen.
    /// </summary>
    public IReadOnlyList<string> AddedTokens { get; }

    /// <summary>SHA-256 of the <c>tokenizer.json</c> that <see cref="Save"/> writes, lower-case hexadecimal. Equal for equal tokenizers.</summary>
    public string Hash => _hash.Value;

    /// <summary>Reads <c>tokenizer.json</c> from a directory and checks all of it.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is damaged, or is not a tokenizer of this project.</exception>
    public static Tokenizer Load(string directory) => TokenizerFile.Load(directory);

    /// <summary>Writes <c>tokenizer.json</c> into a directory, which is made when missing. The same tokenizer gives the same bytes.</summary>
    public void Save(string directory) => TokenizerFile.Save(this, directory);

    /// <summary>The same tokenizer with further special tokens; all old ids keep their meaning.</summary>
    /// <exception cref="ArgumentException">A name is not of the form <c>&lt;|name|&gt;</c>, is taken, or there are too many.</exception>
    public Tokenizer WithAddedTokens(params IReadOnlyList<string> names) => new(Merges, [.. AddedTokens, .. names]);

    /// <summary>True when this is the tokenizer of that hash, or it with further special tokens.</summary>
    public bool IsExtensionOf(string hash) => Enumerable.Range(0, AddedTokens.Count + 1).Any(count => new Tokenizer(Merges, [.. AddedTokens.Take(count)]).Hash == hash);

    /// <summary>The ids of a text. No special id is among them.</summary>
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

    /// <summary>Appends the ids of a text to a list. Beyond the list's growth, nothing is allocated but for pieces of more than 85 characters.</summary>
    public void EncodeToIds(ReadOnlySpan<char> text, List<int> destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        var encoder = Rent();
        foreach (var piece in PreTokenizer.Split(text))
        {
            var ids = encoder.Encode(piece);
            var before = destination.Count;
            CollectionsMarshal.SetCount(destination, before + ids.Length);
            var added = CollectionsMarshal.AsSpan(destination)[before..];
            for (var i = 0; i < ids.Length; i++) added[i] = ids[i];
        }
        _encoders.Add(encoder);
    }

    /// <summary>The first ids of a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="maxTokenCount">Most ids to give.</param>
    /// <param name="charsConsumed">How many characters of the text they stand for; no character is cut.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxTokenCount"/> is negative.</exception>
    public IReadOnlyList<int> EncodeToIds(ReadOnlySpan<char> text, int maxTokenCount, out int charsConsumed)
    {
        var ids = new List<int>();
        charsConsumed = EncodePrefix(text, maxTokenCount, ids);
        return ids;
    }

    /// <summary>The ids of many texts, encoded on all processors, in the order of the texts.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was set.</exception>
    public IReadOnlyList<IReadOnlyList<int>> EncodeBatch(IReadOnlyList<string> texts, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var ids = new IReadOnlyList<int>[texts.Count];
        Parallel.For(0, texts.Count, new ParallelOptions { CancellationToken = cancellationToken }, i => ids[i] = EncodeToIds(texts[i]));
        return ids;
    }

    /// <summary>How many ids a text has.</summary>
    public int CountTokens(ReadOnlySpan<char> text)
    {
        var (encoder, count) = (Rent(), 0);
        foreach (var piece in PreTokenizer.Split(text)) count += encoder.Encode(piece).Length;
        _encoders.Add(encoder);
        return count;
    }

    /// <summary>Where to cut a text so that its beginning has no more than so many of the text's tokens.</summary>
    /// <param name="text">The text; what lies behind the cut is hardly looked at.</param>
    /// <param name="maxTokenCount">Most tokens before the cut.</param>
    /// <param name="tokenCount">Tokens before the cut: fewer where the last ones would end inside a character.</param>
    /// <returns>A number of characters.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxTokenCount"/> is negative.</exception>
    public int GetIndexByTokenCount(ReadOnlySpan<char> text, int maxTokenCount, out int tokenCount)
    {
        var ids = new List<int>();
        var index = EncodePrefix(text, maxTokenCount, ids);
        tokenCount = ids.Count;
        return index;
    }

    /// <summary>Where to cut a text so that its end has no more than so many of the text's tokens.</summary>
    /// <param name="text">The text.</param>
    /// <param name="maxTokenCount">Most tokens behind the cut.</param>
    /// <param name="tokenCount">Tokens behind the cut: fewer where the first ones would begin inside a character.</param>
    /// <returns>A number of characters.</returns>
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

    /// <summary>The tokens of a text with what each stands for.</summary>
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

    /// <summary>The text of some ids. Special ids give their names; bytes that are no UTF-8 give U+FFFD.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An id is not in the vocabulary.</exception>
    public string Decode(IEnumerable<int> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        var bytes = new List<byte>();
        foreach (var id in ids) bytes.AddRange(GetBytes(id));
        return Encoding.UTF8.GetString(CollectionsMarshal.AsSpan(bytes));
    }

    /// <summary>The bytes an id stands for; those of its name when it is special.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is not in the vocabulary.</exception>
    public ReadOnlySpan<byte> GetBytes(int id)
    {
        if ((uint)id >= (uint)VocabularySize)
            throw new ArgumentOutOfRangeException(nameof(id), id, $"The vocabulary has the ids 0 … {VocabularySize - 1}.");
        return _bytes.AsSpan(_starts[id].._starts[id + 1]);
    }

    private PreTokenEncoder Rent() => _encoders.TryTake(out var encoder) ? encoder : new PreTokenEncoder(_table);

    // The first tokens, as many as end between characters, and where they end.
    private int EncodePrefix(ReadOnlySpan<char> text, int maxTokenCount, List<int> ids)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxTokenCount);
        var spans = new TokenSpans(text);
        var (encoder, end, whole) = (Rent(), 0, 0);
        for (var pieces = PreTokenizer.Split(text); ids.Count < maxTokenCount && pieces.MoveNext();)
            foreach (var id in encoder.Encode(pieces.Current))
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

    private string GetText(int id)
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
        if (!name.StartsWith("<|", StringComparison.Ordinal) || !name.EndsWith("|>", StringComparison.Ordinal) || name.Length < 5 || !name[2..^2].All(c => char.IsAsciiLetterOrDigit(c) || c == '_'))
            throw new ArgumentException($"A special token is named like <|plan|>, with letters a–z, digits and underscores, but was given \"{name}\".", nameof(name));
        if (SpecialTokens.Names.Concat(earlier).Contains(name, StringComparer.Ordinal)) throw new ArgumentException($"There is a special token {name} already.", nameof(name));
    }

    private static (byte[] Bytes, int[] Starts) BuildByteTable(IReadOnlyList<(int Left, int Right)> merges, IReadOnlyList<string> added)
    {
        var size = VocabularyLayout.FirstMerge + merges.Count + added.Count;
        if (size > VocabularyLayout.MaximumSize)
            throw new ArgumentException($"The vocabulary would have {size} ids; ids are stored in 16 bits, so {VocabularyLayout.MaximumSize} are the most.", nameof(merges));

        var spellings = new List<byte[]>(size);
        foreach (var name in SpecialTokens.Names) spellings.Add(Encoding.UTF8.GetBytes(name));
        for (var b = 0; b < 256; b++) spellings.Add([(byte)b]);

        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (left, right) in merges)
        {
            var id = spellings.Count;
            if (left < VocabularyLayout.FirstByte || right < VocabularyLayout.FirstByte || left >= id || right >= id)
                throw new ArgumentException($"Merge {id - VocabularyLayout.FirstMerge} joins {left} and {right}; it may join ids {VocabularyLayout.FirstByte} … {id - 1}.", nameof(merges));
            byte[] joined = [.. spellings[left], .. spellings[right]];
            if (!seen.Add(ByteAlphabet.Encode(joined)))
                throw new ArgumentException($"Merge {id - VocabularyLayout.FirstMerge} joins {left} and {right} to a token that an earlier merge makes.", nameof(merges));
            spellings.Add(joined);
        }
        foreach (var name in added) spellings.Add(Encoding.UTF8.GetBytes(name));

        var starts = new int[size + 1];
        for (var id = 0; id < size; id++) starts[id + 1] = starts[id] + spellings[id].Length;
        return ([.. spellings.SelectMany(bytes => bytes)], starts);
    }
}
