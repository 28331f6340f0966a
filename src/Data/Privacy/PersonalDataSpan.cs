namespace TurkishLlm.Data.Privacy;

/// <summary>A part of a text that is personal data.</summary>
/// <param name="Start">Index of its first UTF-16 code unit.</param>
/// <param name="Length">Number of its UTF-16 code units.</param>
/// <param name="Kind">What it is.</param>
public readonly record struct PersonalDataSpan(int Start, int Length, PersonalDataKind Kind)
{
    /// <summary>Index after its last UTF-16 code unit.</summary>
    public int End => Start + Length;
}
