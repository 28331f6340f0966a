namespace TurkishLlm.Files;

/// <summary>Shortens what messages quote from files, which may be of any length.</summary>
public static class Excerpt
{
    /// <summary>Returns a text, or its beginning and an ellipsis if it is longer.</summary>
    /// <param name="text">The text.</param>
    /// <param name="length">Maximum number of characters.</param>
    public static string Of(string text, int length = 80)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length <= length) return text;
        var end = length - 1;
        if (char.IsHighSurrogate(text[end - 1])) end--;
        return text[..end] + "…";
    }
}
