using System.Text.RegularExpressions;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Training;

namespace TurkishLlm.Tests.Unit.Cli.Transcripts;

/// <summary>What <c>evaluate</c> prints and writes, on a model with an answer of its own.</summary>
[Collection(nameof(NonParallel))]
public sealed partial class EvaluationTranscriptTests : IDisposable
{
    private readonly TestWorkspace _here = new();

    public void Dispose() => _here.Dispose();

    [Fact]
    public async Task Evaluates_answers()
    {
        ScriptedRun.Write(_here.Run, "Iğdır'da.");
        ScriptedRun.Write(_here / "other", "Ankara'da.");
        _here.Write("gold.jsonl", string.Join('\n', Enumerable.Range(1, 9).Select(i =>
            $$"""{"question": "{{i}}. makara nerede?", "answer": "{{(i % 4 == 0 ? "Ankara'da." : "IĞDIR'DA")}}", "not": {{i}}}""")
            .Append("""{"question": "Ne zaman?", "answer": "Bu konuda bilgim yok."}""")
            .Append("{\"question\": \"" + string.Join(' ', Enumerable.Repeat("makara", 150)) + "\", \"answer\": \"b\"}")) + "\n");
        foreach (var name in new[] { "choices", "choices-listed", "classes", "context", "extraction" })
            _here.Write($"{name}.jsonl", string.Join(
                '\n', File.ReadLines(Path.Combine(ReferenceRun.Fixtures, "evaluation", $"{name}.jsonl")).Take(3)) + "\n");
        var transcript = new Transcript((_here / "", "HERE")) { HasLosses = true };
        await transcript.Run("evaluate HERE/run --gold HERE/gold.jsonl --json HERE/report.json --rows HERE/rows.jsonl "
            + "--html HERE/page.html --max-tokens 8");
        foreach (var file in new[] { "report.json", "rows.jsonl", "page.html" }) transcript.Show(_here / file);
        await transcript.Run("evaluate HERE/run --gold HERE/gold.jsonl --compare HERE/other --json - --html HERE/page.html "
            + "--max-tokens 8 --limit 9 --bootstrap-samples 100 --seed 3");
        transcript.Show(_here / "page.html");
        await transcript.Run("evaluate HERE/other --gold HERE/gold.jsonl --gold HERE/context.jsonl --limit 4 "
            + "--compare HERE/run/last --max-tokens 4");
        await transcript.Run(
            "evaluate HERE/run --gold HERE/choices.jsonl --gold HERE/choices-listed.jsonl --gold HERE/classes.jsonl "
                + "--gold HERE/context.jsonl --gold HERE/extraction.jsonl --max-tokens 6 --choice-normalization bytes "
                + "--rows HERE/rows.jsonl --html HERE/page.html --input-is-context");
        transcript.Show(_here / "rows.jsonl");
        transcript.Show(_here / "page.html");
        await transcript.Run("evaluate HERE/run --gold HERE/gold.jsonl --limit 2 --samples 2 --pass-k 2 1 2 --temperature 1.5 "
            + "--max-tokens 4 --json - --refusal Yok.");
        transcript.Replace(CutPath(), "answer of PATH");
        transcript.Compare("Answers");
    }

    [Fact]
    public async Task Evaluates_text_and_forgetting()
    {
        ScriptedRun.Write(_here.Run, "Iğdır'da.");
        ScriptedRun.Write(_here / "other", "Ankara'da, üç bobin.");
        var transcript = new Transcript((_here / "", "HERE")) { HasLosses = true };
        await transcript.Run("evaluate HERE/run --windows 3 --json -");
        await transcript.Run("evaluate HERE/run --windows 5 --html HERE/page.html --json HERE/report.json");
        transcript.Show(_here / "page.html");
        transcript.Show(_here / "report.json");
        await transcript.Run("evaluate HERE/run/step-12 --windows 4 --sequence-length 7");
        await transcript.Run(
            "evaluate HERE/run --base-model HERE/other --windows 3 --max-forgetting 0 --html HERE/page.html --json -");
        transcript.Show(_here / "page.html");
        await transcript.Run("evaluate HERE/other --base-model HERE/run --windows 6 --max-forgetting 0 --html HERE/page.html");
        transcript.Show(_here / "page.html");
        await transcript.Run("evaluate HERE/other --base-model HERE/run --windows 6 --max-forgetting 9");
        await transcript.Run("checkpoint export HERE/run HERE/out");
        await transcript.Run("evaluate HERE/out --windows 3");
        await transcript.Run("evaluate HERE/out --windows 3 --shards SHARDS --sequence-length 11");
        foreach (var wrong in new[]
        {
            "--windows -1", "--limit -1", "--sequence-length 0", "--compare HERE/run", "--rows HERE/x", "--samples 1",
            "--max-forgetting -0.5", "--max-tokens 0", "--bootstrap-samples 0", "--pass-k 0",
            "--pass-k 3 --samples 2 --gold HERE/x",
            "--device gpu", "--html HERE", "--checkpoint newest", "--checkpoint step-5", "--shards HERE/none",
            "--gold HERE/none.jsonl",
            "--choice-normalization words", "--temperature 0,5", "--base-model HERE/none",
        })
            await transcript.Run($"evaluate HERE/run {wrong}");
        await transcript.Run("evaluate HERE/none");
        transcript.Compare("Losses");
    }

    // Labels of cells are short, so they cut the path of a model.
    [GeneratedRegex("answer of [^\"…]*…")]
    private static partial Regex CutPath();
}
