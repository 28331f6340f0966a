using System.Text.RegularExpressions;
using TurkishLlm.Tests.Unit.Training;

namespace TurkishLlm.Tests.Unit.Cli.Transcripts;

/// <summary>What <c>spec</c> prints for requirements that are exact, and for one with a margin.</summary>
[Collection(nameof(NonParallel))]
public sealed partial class SpecTranscriptTests : IDisposable
{
    private readonly TestWorkspace _here = new();

    public void Dispose() => _here.Dispose();

    [Fact]
    public async Task Judges()
    {
        var told = new Transcript((_here / "", "HERE"));
        await told.Run("spec run HERE/tiny.yaml --only TOK-08 --only P02,P19 --html HERE/page.html");
        told.Show(_here / "page.html");
        await told.Run("spec run --only TOK-08,P02 --html HERE/page.html");
        told.Show(_here / "page.html");
        await told.Run("spec run HERE/tiny.yaml --set model.vocab_size=2049 --only P02,P19 --html HERE/page.html");
        told.Show(_here / "page.html");
        await told.Run("spec run HERE/tiny.yaml --set model.vocab_size=2049 --only P02 --verbose");
        await told.Run("spec run HERE/tiny.yaml --only P16,P19 --verbose --html HERE/page.html");
        told.Show(_here / "page.html");
        told.Replace(Measured(), "= M");
        told.Replace(Share(), "N %");
        told.Replace(Bar(), "width:N%");
        told.Replace(Time(), "N s");
        told.Compare("Spec");
    }

    [Fact]
    public async Task Lists()
    {
        var told = new Transcript { Kept = Known() };
        await told.Run("spec list");
        await told.Run("spec list --json");
        told.Compare("SpecList");
    }

    [GeneratedRegex(@"= \d[\d.]*(E-\d+)?")]
    private static partial Regex Measured();

    [GeneratedRegex(@"\b\d+(\.\d)? %")]
    private static partial Regex Share();

    [GeneratedRegex(@"width:[\d.]+%")]
    private static partial Regex Bar();

    [GeneratedRegex(@"\b\d+(\.\d)? m?s\b")]
    private static partial Regex Time();

    [GeneratedRegex(@"\b(P16|TOK-08)\b")]
    private static partial Regex Known();
}
