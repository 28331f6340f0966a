using System.Text;

namespace TurkishLlm.Tokenization;

/// <summary>Maps the UTF-8 bytes of a text to its characters, in order.</summary>
internal ref struct TokenSpans(ReadOnlySpan<char> text)
{
    private readonly ReadOnlySpan<char> _text = text;
    private int _character, _byteInCharacter;

    /// <summary>True if the bytes consumed so far are complete characters.</summary>
    public readonly bool IsBetweenCharacters => _byteInCharacter == 0;

    /// <summary>Number of complete characters (UTF-16 code units) consumed.</summary>
    public readonly int Position => _character;

    /// <summary>Consumes bytes and returns the characters that they cover at least partly.</summary>
    public (int Start, int Length) Advance(int byteCount)
    {
        var start = _character;
        var end = start;
        while (byteCount > 0)
        {
            Rune.DecodeFromUtf16(_text[_character..], out var rune, out var width);  // U+FFFD if there is no character
            end = _character + width;
            var taken = Math.Min(byteCount, rune.Utf8SequenceLength - _byteInCharacter);
            byteCount -= taken;
            _byteInCharacter += taken;
            if (_byteInCharacter < rune.Utf8SequenceLength) break;
            (_character, _byteInCharacter) = (end, 0);
        }
        return (start, end - start);
    }
}
