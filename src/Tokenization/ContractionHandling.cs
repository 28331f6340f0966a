namespace TurkishLlm.Tokenization;

/// <summary>What a split rule does with an apostrophe before s, t, m, d, re, ve or ll, as English contracts words.</summary>
internal enum ContractionHandling
{
    /// <summary>Nothing: it is an apostrophe like any other.</summary>
    None,

    /// <summary>It is a pre-token, in lower case only.</summary>
    SeparatesLowerCase,

    /// <summary>It is a pre-token, in any case.</summary>
    Separates,

    /// <summary>It belongs to the word before it, in any case.</summary>
    Attaches,
}
