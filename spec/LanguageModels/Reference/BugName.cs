namespace TurkishLlm.Specification.LanguageModels.Reference;

/// <summary>Names impostors after bugs.</summary>
public static class BugName
{
    /// <summary>Returns the member of an enumeration in lower-case words: <c>NoMask</c> as "no mask".</summary>
    /// <param name="bug">The bug.</param>
    public static string Format(Enum bug)
    {
        ArgumentNullException.ThrowIfNull(bug);
        return string.Concat(bug.ToString().Select((c, i) =>
            char.IsUpper(c) && i > 0 ? " " + char.ToLowerInvariant(c) : char.ToLowerInvariant(c).ToString()));
    }
}
