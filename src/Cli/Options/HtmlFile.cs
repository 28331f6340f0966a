using System.CommandLine;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Files;
using TurkishLlm.Model;

namespace TurkishLlm.Cli.Options;

/// <summary>The option <c>--html FILE</c>, and the file that it names.</summary>
internal static class HtmlFile
{
    public const string OptionName = "--html";

    public static Option<string> CreateOption(string description) => new(OptionName)
    {
        Description = description, HelpName = "file",
    };

    /// <summary>Throws if the page cannot be written, before the work that it shows. Null is accepted.</summary>
    /// <exception cref="ConfigurationException">The path is empty or a folder.</exception>
    public static void Check(string? path)
    {
        if (path is null) return;
        if (path.Length == 0) throw new ConfigurationException($"{OptionName} is empty. Give a file, such as report.html.");
        if (Directory.Exists(path))
            throw new ConfigurationException(
                $"{OptionName} {path} is a folder. Give a file, such as {Path.Combine(path, "report.html")}.");
    }

    /// <summary>Writes the page and prints its path. Does nothing for null.</summary>
    /// <param name="display">Output.</param>
    /// <param name="path">The file.</param>
    /// <param name="render">Renders the page.</param>
    public static void Write(Display display, string? path, Func<string> render)
    {
        if (path is null) return;
        Check(path);
        AtomicFile.WriteAllText(path, render());
        display.WriteLine($"→ {path}");
    }
}
