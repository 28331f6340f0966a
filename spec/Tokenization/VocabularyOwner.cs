namespace TurkishLlm.Spec;

/// <summary>Whose vocabulary size is judged.</summary>
public enum VocabularyOwner
{
    /// <summary>The run that waits for clearance.</summary>
    Run,

    /// <summary>The preset v1.</summary>
    V1,

    /// <summary>The preset v2.</summary>
    V2,
}
