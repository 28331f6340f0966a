using System.Text;

namespace TurkishLlm.Tokenization;

/// <summary>
/// Converts text to the words by which questions are compared: lower case by Turkish rules, letters and digits, single spaces.
/// </summary>
public static class ComparableWords
{
    /// <summary>Returns the words, separated by single spaces; empty for a text without letters and digits.</summary>
    public static string Create(string text)
    {
        var plain = new StringBuilder();
        foreach (var c in TurkishCase.ToLower(ComparableText.Create(text)))
        {
            if (char.IsLetterOrDigit(c)) plain.Append(c);
            else if (plain.Length > 0 && plain[^1] != ' ') plain.Append(' ');
        }
        return plain.ToString().TrimEnd();
    }
}
