namespace TurkishLlm.Spec.Tokenization;

/// <summary>The source of a vocabulary size.</summary>
public enum VocabularySource
{
    /// <summary>The plan of the run that asks for clearance.</summary>
    Run,

    /// <summary>The preset v1.</summary>
    V1,

    /// <summary>The preset v2.</summary>
    V2,
}
