namespace TurkishLlm.Plans;

/// <summary>Models that a plan can name instead of listing sizes.</summary>
internal enum ModelPreset
{
    /// <summary>The first generation.</summary>
    V1,

    /// <summary>The second generation.</summary>
    V2,

    /// <summary>The smallest model; the plan gives the size of its vocabulary.</summary>
    Toy,
}
