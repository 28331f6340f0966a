using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace TurkishLlm.Monitoring.Pages;

/// <summary>
/// Part of an HTML page. Values in an interpolated string are encoded unless they are HTML themselves, so text of users cannot
/// become markup.
/// </summary>
public sealed class Html
{
    private readonly string _markup;

    private Html(string markup) => _markup = markup;

    /// <summary>No content.</summary>
    public static Html Empty { get; } = new("");

    /// <summary>Creates HTML from an interpolated string: its text is markup, its values are encoded.</summary>
    public static Html From(HtmlInterpolation content) => new(content.GetMarkup());

    /// <summary>Creates HTML from text without markup.</summary>
    public static Html FromText(string text) => new(HtmlText.Encode(text));

    /// <summary>Concatenates parts.</summary>
    public static Html Concat(params IEnumerable<Html> parts) => new(string.Concat(parts));

    /// <summary>Concatenates parts with markup between them.</summary>
    public static Html Join(Html separator, IEnumerable<Html> parts) => new(string.Join(separator.ToString(), parts));

    /// <summary>Returns the markup.</summary>
    public override string ToString() => _markup;
}

/// <summary>Builds the markup of an interpolated string; see <see cref="Html.From"/>.</summary>
[InterpolatedStringHandler]
public readonly ref struct HtmlInterpolation
{
    private readonly StringBuilder _markup;

    /// <param name="literalLength">Length of the text around the values.</param>
    /// <param name="formattedCount">Number of values.</param>
    public HtmlInterpolation(int literalLength, int formattedCount) => _markup = new(literalLength + 16 * formattedCount);

    /// <summary>Appends markup.</summary>
    public void AppendLiteral(string value) => _markup.Append(value);

    /// <summary>Appends HTML as it is.</summary>
    public void AppendFormatted(Html value) => _markup.Append(value);

    /// <summary>Appends parts one after the other.</summary>
    public void AppendFormatted(IEnumerable<Html> values) => _markup.AppendJoin("", values);

    /// <summary>Appends text, encoded.</summary>
    public void AppendFormatted(string? value) => _markup.Append(HtmlText.Encode(value ?? ""));

    /// <summary>Appends a number in the invariant culture.</summary>
    public void AppendFormatted<T>(T value, string? format = null)
        where T : IFormattable => _markup.Append(HtmlText.Encode(value.ToString(format, CultureInfo.InvariantCulture)));

    /// <summary>Returns everything appended so far.</summary>
    internal string GetMarkup() => _markup.ToString();
}
