namespace TurkishLlm.Synthesis.Documentation;

/// <summary>How deep a page goes into its subject.</summary>
public enum PageLevel
{
    /// <summary>What a module is and has.</summary>
    Overview,

    /// <summary>How something is done.</summary>
    Detail,

    /// <summary>How programs do it.</summary>
    Api,
}
