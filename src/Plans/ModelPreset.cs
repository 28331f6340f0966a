namespace TurkishLlm.Plans;

/// <summary>Models that plans can name instead of giving sizes.</summary>
internal enum ModelPreset
{
    /// <summary>The first generation.</summary>
    V1,

    /// <summary>The second generation.</summary>
    V2,

    /// <summary>The smallest; its vocabulary must be given.</summary>
    Toy,
}
