namespace TurkishLlm.Synthesis.Verdicts;

/// <summary>Why a pair is not taken.</summary>
public enum RejectionReason
{
    /// <summary>A value is missing, or is none that the schema allows.</summary>
    Schema,

    /// <summary>It names a chunk that it was not shown.</summary>
    Source,

    /// <summary>It is not Turkish, or its letters lost their marks.</summary>
    Language,

    /// <summary>The answer is longer or shorter than its difficulty allows.</summary>
    Length,

    /// <summary>The question cannot be understood by itself.</summary>
    Reference,

    /// <summary>The answer says something wrong and takes it back.</summary>
    SelfCorrection,

    /// <summary>The answer says something that the chunks do not say.</summary>
    Grounding,

    /// <summary>A judge found a claim that the chunks do not support, or an answer to another question.</summary>
    Judge,

    /// <summary>The same question was asked before.</summary>
    Duplicate,

    /// <summary>Nearly the same question was asked before.</summary>
    NearDuplicate,
}
