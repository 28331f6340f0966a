using System.Text.RegularExpressions;
using FluentAssertions;
using TurkishLlm.Cli;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tests.Unit.Documentation;

/// <summary>The program understands the commands of docs/guide, and links between pages lead somewhere.</summary>
public sealed partial class GuideTests
{
    private static readonly string Docs = Path.Combine(Repository.Root, "docs");

    private const string Template = "templates/turkishllm-spec/.template.config/template.json";

    private static readonly string[] Pages =
    [
        .. Directory.EnumerateFiles(Docs, "*.md", SearchOption.AllDirectories),
        Path.Combine(Repository.Root, "README.md"),
        Path.Combine(Repository.Root, "CONTRIBUTING.md"),
    ];

    public static TheoryData<string> Commands() =>
    [
        .. Directory.EnumerateFiles(Path.Combine(Docs, "guide"), "*.md").Where(page => Path.GetFileName(page) != "gpu.md")
            .SelectMany(page => CommandPattern().Matches(File.ReadAllText(page)))
            .Select(match => match.Groups[1].Value).Distinct(),
    ];

    [Theory, MemberData(nameof(Commands))]
    public void The_program_understands(string line)
    {
        var words = WordPattern().Matches(line).Select(match => match.Value.Trim('"')).ToArray();
        CommandLine.Create(new Display(TextWriter.Null, "turkishllm")).Parse(words).Errors
            .Select(error => error.Message).Should().BeEmpty();
    }

    [Fact]
    public void The_guide_shows_commands() => Commands().Should().HaveCountGreaterThan(25);

    [Fact]
    public void The_options_in_pages_exist()
    {
        string[] pages =
        [
            .. Directory.EnumerateFiles(Path.Combine(Docs, "guide"), "*.md"), Path.Combine(Docs, "install.md"),
            Path.Combine(Docs, "synthesis.md"), Path.Combine(Repository.Root, "README.md"),
            Path.Combine(Repository.Root, "CONTRIBUTING.md"),
        ];
        string[] programs = ["tests/Unit/Cli/Help.verified.txt", "tests/Gpu/turkishllm-gpu", "run", Template];
        var options = programs.SelectMany(file => FindOptions(Path.Combine(Repository.Root, file))).ToHashSet();
        var unknown =
            from page in pages
            from option in FindOptions(page)
            where !options.Contains(option)
            select $"{Path.GetRelativePath(Repository.Root, page)}: {option}";
        unknown.Should().BeEmpty();
    }

    [Fact]
    public void The_projects_that_the_library_page_references_exist() =>
        LibraryPattern().Matches(File.ReadAllText(Path.Combine(Docs, "guide", "library.md")))
            .Select(match => match.Groups[1].Value).Should().HaveCountGreaterThan(1)
            .And.OnlyContain(file => File.Exists(Path.Combine(Repository.Root, file)));

    [Fact]
    public void Links_between_pages_lead_to_files() =>
        FindLinks().Where(link => !Path.Exists(link.File)).Select(link => $"{link.Page}: {link.File}").Should().BeEmpty();

    [Fact]
    public void Links_to_sections_lead_to_headings() =>
        FindLinks().Where(link => link.Section.Length > 0 && Path.GetExtension(link.File) == ".md")
            .Where(link => !ReadHeadings(link.File).Contains(link.Section))
            .Select(link => $"{link.Page}: {link.File}#{link.Section}").Should().BeEmpty();

    // Links between files; a link within a page has that page as its file.
    private static IEnumerable<(string Page, string File, string Section)> FindLinks() =>
        from page in Pages
        from link in LinkPattern().Matches(File.ReadAllText(page))
        let name = link.Groups["file"].Value
        let file = name.Length > 0 ? Path.Combine(Path.GetDirectoryName(page)!, name) : page
        select (Path.GetRelativePath(Repository.Root, page), file, link.Groups["section"].Value);

    private static IEnumerable<string> FindOptions(string file) =>
        OptionPattern().Matches(File.ReadAllText(file)).Select(match => match.Value);

    // The names that GitHub gives to headings.
    private static IEnumerable<string> ReadHeadings(string file) =>
        HeadingPattern().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value.ToLowerInvariant())
            .Select(heading => NotInAddressPattern().Replace(heading, "").Replace(' ', '-'));

    [GeneratedRegex(@"^\./run cli ([^>&#\n]+)", RegexOptions.Multiline)]
    private static partial Regex CommandPattern();

    [GeneratedRegex("\"[^\"]*\"|\\S+")]
    private static partial Regex WordPattern();

    [GeneratedRegex(@"(?<![\w-])--[a-z][a-z-]+")]
    private static partial Regex OptionPattern();

    [GeneratedRegex("\"\\.\\./turkish-llm/([^\"]+)\"")]
    private static partial Regex LibraryPattern();

    [GeneratedRegex(@"\]\((?!https?:|mailto:)(?<file>[^)#\s]*)(#(?<section>[^)\s]+))?\)")]
    private static partial Regex LinkPattern();

    [GeneratedRegex(@"^#+ +(.+?)\s*$", RegexOptions.Multiline)]
    private static partial Regex HeadingPattern();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NotInAddressPattern();
}
