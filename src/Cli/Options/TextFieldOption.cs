using System.CommandLine;

namespace TurkishLlm.Cli.Options;

/// <summary>The option <c>--text-field</c>.</summary>
internal static class TextFieldOption
{
    public static Option<string> Create() => new("--text-field")
    {
        Description = "Field of JSON or Parquet rows that has the text, such as data.text (default: the first of text, content, "
            + "raw_content, document).",
        DefaultValueFactory = _ => "",
    };
}
