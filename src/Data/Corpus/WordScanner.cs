using TurkishLlm.Data.Batches;

namespace TurkishLlm.Data.Corpus;

/// <summary>
/// Enumerates the words of a text as hashes. Words are runs of letters and digits, lower-cased by Turkish rules. Punctuation,
/// spaces and line ends only separate words, so a change of layout does not change them.
/// </summary>
internal ref struct WordScanner(ReadOnlySpan<char> text)
{
    private const ushort Turkish = 1 << 14, Foreign = 1 << 15, Letter = Turkish - 1;
    private const string CodeSymbols = "{}[]<>=;_\\|";
    private static readonly ushort[] Fold = CreateFoldTable();      // lower-case letter with its flags; 0 between words

    private ReadOnlySpan<char> _rest = text;
    private int _flags;

    /// <summary>Hash of the current word; equal for equal words.</summary>
    public ulong Hash { get; private set; }

    /// <summary>True if the word has a letter that is in the Turkish but not in the English alphabet.</summary>
    public readonly bool IsTurkish => (_flags & Turkish) != 0;

    /// <summary>True if the word has a letter that is not in the Turkish alphabet.</summary>
    public readonly bool IsForeign => (_flags & Foreign) != 0;

    /// <summary>Number of symbols passed so far that are frequent in program code and rare in prose.</summary>
    public int Symbols { get; private set; }

    /// <summary>Advances to the next word; returns false after the last.</summary>
    public bool MoveNext()
    {
        var at = 0;
        ushort letter = 0;
        for (; at < _rest.Length && (letter = GetFold(_rest[at])) == 0; at++)
            if (CodeSymbols.Contains(_rest[at], StringComparison.Ordinal)) Symbols++;
        if (letter == 0) return false;

        (Hash, _flags) = (0, 0);
        for (; at < _rest.Length && (letter = GetFold(_rest[at])) != 0; at++)
        {
            _flags |= letter;
            Hash = (Hash ^ (ulong)(letter & Letter)) * SplitMix64.Increment;
            Hash ^= Hash >> 29;
        }
        _rest = _rest[at..];
        return true;
    }

    /// <summary>Computes the hash of a text that is one word.</summary>
    public static ulong ComputeHash(ReadOnlySpan<char> word)
    {
        var scanner = new WordScanner(word);
        return scanner.MoveNext() ? scanner.Hash : throw new ArgumentException("The text has no word.", nameof(word));
    }

    private static ushort GetFold(char c) =>
        c < Fold.Length ? Fold[c] : char.IsLetterOrDigit(c) || char.IsSurrogate(c) ? (ushort)(Foreign | (c & Letter)) : (ushort)0;

    private static ushort[] CreateFoldTable()
    {
        var fold = new ushort[0x180];
        for (var c = '\0'; c < fold.Length; c++)
        {
            if (!char.IsLetterOrDigit(c)) continue;
            var lower = c switch { 'I' => 'ı', 'İ' => 'i', _ => char.ToLowerInvariant(c) };
            var flags = "çğışöü".Contains(lower, StringComparison.Ordinal) && c != 'I' || c == 'İ' ? Turkish
                : char.IsAsciiLetterOrDigit(lower) && lower is not ('q' or 'w' or 'x')
                || "âîûı".Contains(lower, StringComparison.Ordinal)
                    ? 0
                : Foreign;
            fold[c] = (ushort)(lower | flags);
        }
        return fold;
    }
}
