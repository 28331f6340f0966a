namespace TurkishLlm.Tokenization.Foreign;

/// <summary>What a token of a <see cref="ForeignVocabulary"/> is.</summary>
public enum ForeignTokenKind
{
    /// <summary>Part of text: a byte, or made by a merge.</summary>
    Text,

    /// <summary>A special token: text with its name does not become this token.</summary>
    Special,

    /// <summary>A row of the model without a meaning, such as one that fills up the vocabulary.</summary>
    Unused,
}
