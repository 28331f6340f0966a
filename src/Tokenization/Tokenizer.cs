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
/// Spec: P01, P02, P04, P05, P06, P07, P08, TOK-01, TOK-05, TOK-06, TOK-07, TOK-11, TOK-12, TOK-20.
/// Source: Sennrich et al. 2016, arXiv:1508.07909; Radford et al. 2019 (GPT-2).
/// </remarks>
public sealed class Tokenizer
{
    private readonly PieceEncoder _encoder;
    private readonly PieceCache _cache = new();
    private readonly byte[] _bytes;      // of all ids, one after the other
    private readonly int[] _starts;      // start of each id in _bytes, and the end of the last
    private readonly Lazy<string> _hash;

    /// <summary>A tokenizer from its merges.</summary>
    /// <param name="merges">Pairs in the order of learning; pair <c>i</c> makes the id <see cref="VocabularyLayout.FirstMerge"/> + i.</param>
    /// <exception cref="ArgumentException">A pair names an id that is special or not yet made, comes twice, makes a token
    /// that another pair makes, or there are too many.</exception>
    public Tokenizer(IReadOnlyList<(int Left, int Right)> merges)
    {
        ArgumentNullException.ThrowIfNull(merges);
        Merges = [.. merges];
        (_bytes, _starts) = Spell(Merges);
        _encoder = new PieceEncoder(new MergeTable(Merges));
        _hash = new(() => Convert.ToHexStringLower(SHA256.HashData(TokenizerFile.Write(this))));
    }

    /// <summary>How many ids there are: special tokens, bytes and merges.</summary>
    public int VocabularySize => VocabularyLayout.FirstMerge + Merges.Count;

    /// <summary>The merges in the order of learning.</summary>
    public IReadOnlyList<(int Left, int Right)> Merges { get; }

    /// <summary>SHA-256 of the <c>tokenizer.json</c> that <see cref="Save"/> writes, lower-case hexadecimal. Equal for equal tokenizers.</summary>
    public string Hash => _hash.Value;

    /// <summary>Reads <c>tokenizer.json</c> from a directory and checks all of it.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is damaged, or is not a tokenizer of this project.</exception>
    public static Tokenizer Load(string directory) => TokenizerFile.Load(directory);

    /// <summary>Writes <c>tokenizer.json</c> into a directory, which is made when missing. The same tokenizer gives the same bytes.</summary>
    public void Save(string directory) => TokenizerFile.Save(this, directory);

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

    /// <summary>Appends the ids of a text to a list.</summary>
    public void EncodeToIds(ReadOnlySpan<char> text, List<int> destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        foreach (var piece in PreTokenizer.Split(text))
        {
            if (piece.Length > PieceCache.LongestPiece)
            {
                var ids = new int[piece.Length * 3];
                destination.AddRange(ids.AsSpan(0, _encoder.Encode(piece, ids)));
            }
            else foreach (var id in IdsOf(piece)) destination.Add(id);
        }
    }

    /// <summary>How many ids a text has.</summary>
    public int CountTokens(ReadOnlySpan<char> text)
    {
        var count = 0;
        foreach (var piece in PreTokenizer.Split(text))
            count += piece.Length > PieceCache.LongestPiece ? _encoder.Encode(piece, new int[piece.Length * 3]) : IdsOf(piece).Length;
        return count;
    }

    /// <summary>The tokens of a text with what each stands for.</summary>
    public IReadOnlyList<EncodedToken> EncodeToTokens(ReadOnlySpan<char> text)
    {
        var tokens = new List<EncodedToken>();
        var spans = new TokenSpans(text);
        foreach (var id in EncodeToIds(text))
        {
            var (start, length) = spans.Take(BytesOf(id).Length);
            tokens.Add(new EncodedToken(id, TextOf(id), start, length));
        }
        return tokens;
    }

    /// <summary>The text of some ids. Special ids give their names; bytes that are no UTF-8 give U+FFFD.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An id is not in the vocabulary.</exception>
    public string Decode(IEnumerable<int> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        var bytes = new List<byte>();
        foreach (var id in ids) bytes.AddRange(BytesOf(id));
        return Encoding.UTF8.GetString([.. bytes]);
    }

    /// <summary>The bytes an id stands for; those of its name when it is special.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is not in the vocabulary.</exception>
    public ReadOnlySpan<byte> BytesOf(int id)
    {
        if ((uint)id >= (uint)VocabularySize)
            throw new ArgumentOutOfRangeException(nameof(id), id, $"The vocabulary has the ids 0 … {VocabularySize - 1}.");
        return _bytes.AsSpan(_starts[id].._starts[id + 1]);
    }

    private ushort[] IdsOf(ReadOnlySpan<char> piece)
    {
        if (_cache.Find(piece) is { } known) return known;
        Span<int> ids = stackalloc int[PieceCache.LongestPiece * 3];
        return _cache.Keep(piece, ids[.._encoder.Encode(piece, ids)]);
    }

    private string TextOf(int id)
    {
        var text = new StringBuilder();
        for (var rest = BytesOf(id); !rest.IsEmpty;)
        {
            if (Rune.DecodeFromUtf8(rest, out var rune, out var used) == System.Buffers.OperationStatus.Done)
                text.Append(rune.ToString());
            else
                foreach (var part in rest[..used]) text.Append("<0x").Append(Convert.ToHexString([part])).Append('>');
            rest = rest[used..];
        }
        return text.ToString();
    }

    private static (byte[] Bytes, int[] Starts) Spell(IReadOnlyList<(int Left, int Right)> merges)
    {
        var size = VocabularyLayout.FirstMerge + merges.Count;
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
            if (!seen.Add(ByteAlphabet.Spell(joined)))
                throw new ArgumentException($"Merge {id - VocabularyLayout.FirstMerge} joins {left} and {right} to a token that an earlier merge makes.", nameof(merges));
            spellings.Add(joined);
        }

        var starts = new int[size + 1];
        for (var id = 0; id < size; id++) starts[id + 1] = starts[id] + spellings[id].Length;
        return ([.. spellings.SelectMany(bytes => bytes)], starts);
    }
}
