namespace TurkishLlm.Tokenization;

/// <summary>What a split rule sees in a character. A table of a rule holds one value for each UTF-16 code unit.</summary>
[Flags]
internal enum CharacterKinds : ushort
{
    /// <summary>A letter: category L.</summary>
    Letter = 1,

    /// <summary>A combining mark that continues a word: category M, for rules that keep marks with their word.</summary>
    Mark = 2,

    /// <summary>A number: category N.</summary>
    Number = 4,

    /// <summary>Anything else, lone surrogates included.</summary>
    Other = 8,

    /// <summary>White space except CR and LF.</summary>
    Space = 16,

    /// <summary>CR or LF.</summary>
    LineEnd = 32,

    /// <summary>A character that joins the letters after it.</summary>
    WordPrefix = 64,

    /// <summary>The first half of a character beyond U+FFFF; its kind is that of the code point.</summary>
    HighSurrogate = 128,

    /// <summary>A capital, for rules that split words by case.</summary>
    Uppercase = 256,

    /// <summary>A small letter, for rules that split words by case.</summary>
    Lowercase = 512,
}
