using System.Text;

namespace TurkishLlm.Tokenization;

/// <summary>Walks a text by bytes of its UTF-8 and tells which characters they belong to.</summary>
internal ref struct TokenSpans(ReadOnlySpan<char> text)
{
    private readonly ReadOnlySpan<char> _text = text;
    private int _character, _byteInCharacter;

    /// <summary>True when the bytes taken so far are whole characters.</summary>
    public readonly bool IsBetweenCharacters => _byteInCharacter == 0;

    /// <summary>How many whole characters (UTF-16) were taken.</summary>
    public readonly int Position => _character;

    /// <summary>The characters that the next bytes touch.</summary>
    public (int Start, int Length) Advance(int byteCount)
    {
        var start = _character;
        var end = start;
        while (byteCount > 0)
        {
            Rune.DecodeFromUtf16(_text[_character..], out var rune, out var width);  // U+FFFD where no character is
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
