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
        var transcript = new Transcript((_here / "", "HERE"));
        await transcript.Run("spec run HERE/tiny.yaml --only TOK-08 --only P02,P19 --html HERE/page.html");
        transcript.Show(_here / "page.html");
        await transcript.Run("spec run --only TOK-08,P02 --html HERE/page.html");
        transcript.Show(_here / "page.html");
        await transcript.Run("spec run HERE/tiny.yaml --set model.vocab_size=2049 --only P02,P19 --html HERE/page.html");
        transcript.Show(_here / "page.html");
        await transcript.Run("spec run HERE/tiny.yaml --set model.vocab_size=2049 --only P02 --verbose");
        await transcript.Run("spec run HERE/tiny.yaml --only P16,P19 --verbose --html HERE/page.html");
        transcript.Show(_here / "page.html");
        transcript.Replace(Measured(), "= M");
        transcript.Replace(Share(), "N %");
        transcript.Replace(Bar(), "width:N%");
        transcript.Replace(Time(), "N s");
        transcript.Compare("Spec");
    }

    [Fact]
    public async Task Lists()
    {
        var transcript = new Transcript { Kept = Known() };
        await transcript.Run("spec list");
        await transcript.Run("spec list --json");
        transcript.Compare("SpecList");
    }

    [Fact]
    public async Task Exports()
    {
        var transcript = new Transcript((_here / "", "HERE"));
        await transcript.Run("spec export HERE/cases --vocab-size 300 --max-length 9 --padding-id 0 --seed 2");
        await transcript.Run("spec export HERE/cases");
        await transcript.Run("spec export HERE/other --vocab-size 7 --max-length 1 --layers 0 --width 0 --padding-id 7");
        await transcript.Run("spec export HERE/other --vocab-size 8 --padding-id -1");
        transcript.Compare("SpecExport");
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
