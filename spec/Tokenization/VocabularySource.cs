namespace TurkishLlm.Spec.Tokenization;

/// <summary>Whose vocabulary size is judged.</summary>
public enum VocabularySource
{
    /// <summary>The run that waits for clearance.</summary>
    Run,

    /// <summary>The preset v1.</summary>
    V1,

    /// <summary>The preset v2.</summary>
    V2,
}
