namespace TurkishLlm.Synthesis.Verdicts;

/// <summary>The reason why a pair is rejected.</summary>
public enum RejectionReason
{
    /// <summary>A value is missing or not allowed by the schema.</summary>
    Schema,

    /// <summary>The pair cites a chunk that was not in the request.</summary>
    Source,

    /// <summary>The text is not Turkish, or has lost its diacritics.</summary>
    Language,

    /// <summary>The answer is longer or shorter than its difficulty allows.</summary>
    Length,

    /// <summary>The question cannot be understood without the chunks.</summary>
    Reference,

    /// <summary>The answer corrects itself.</summary>
    SelfCorrection,

    /// <summary>The answer has a claim that the chunks do not support.</summary>
    Grounding,

    /// <summary>A judge found an unsupported claim, or an answer to another question.</summary>
    Judge,

    /// <summary>An earlier question is the same.</summary>
    Duplicate,

    /// <summary>An earlier question is nearly the same.</summary>
    NearDuplicate,
}
