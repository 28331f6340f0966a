using TurkishLlm.Tests.Unit.Training;

namespace TurkishLlm.Tests.Unit.Cli.Transcripts;

/// <summary>What <c>preference</c> prints and writes.</summary>
[Collection(nameof(NonParallel))]
public sealed class PreferenceTranscriptTests : IDisposable
{
    private readonly TestWorkspace _here = new();

    public void Dispose() => _here.Dispose();

    [Fact]
    public async Task Generates_answers_and_judges_them()
    {
        ScriptedRun.Write(_here.Run, "Iğdır'da.");
        ScriptedRun.Write(_here / "text", "Iğdır'da.", converses: false);
        _here.Write("rows.jsonl", string.Join('\n', Enumerable.Range(1, 5).Select(i =>
            $$"""{"question": "{{i}}. makara nerede?", "answer": "{{(i % 2 == 0 ? "Ankara'da." : "IĞDIR'DA")}}"}""")
            .Append("{\"question\": \"" + string.Join(' ', Enumerable.Repeat("makara", 150)) + "\", \"answer\": \"b\"}")) + "\n");
        _here.Write("questions.jsonl", """{"messages": [{"role": "user", "content": "Nerede?"}]}""" + "\n");
        _here.Write("rewards.yaml", "length: { maximum: 3 }\npattern: { matches: \"[A-ZĞİ].*\\\\.\", weight: 0.5 }\n");
        var transcript = new Transcript((_here / "", "HERE"));
        await transcript.Run("preference generate HERE/run HERE/rows.jsonl -o HERE/out.jsonl -n 2 --max-tokens 12 "
            + "--temperature 0 --reward exact_match=1 --reward ends=0.25");
        transcript.Show(_here / "out.jsonl");
        await transcript.Run("preference generate HERE/run HERE/questions.jsonl -o HERE/out.jsonl -n 1 --max-tokens 2 "
            + "--temperature 0 --rewards HERE/rewards.yaml");
        transcript.Show(_here / "out.jsonl");
        foreach (var wrong in new[]
        {
            "HERE/run HERE/rows.jsonl", "HERE/run HERE/rows.jsonl --reward exakt_match=1",
            "HERE/run HERE/rows.jsonl --reward length.minimum=3 --reward exact_match",
            "HERE/run HERE/rows.jsonl --reward exact_match=0", "HERE/run HERE/rows.jsonl --rewards HERE/none.yaml",
            "HERE/run HERE/questions.jsonl --reward word_f1=1", "HERE/text HERE/questions.jsonl --reward ends=1",
            "HERE/run HERE/none.jsonl --reward ends=1", "HERE/run HERE/rows.jsonl --reward ends=1 -n 0 --top-p 0",
        })
            await transcript.Run($"preference generate {wrong} -o HERE/out.jsonl");
        transcript.Compare("PreferenceGenerate");
    }

    [Fact]
    public async Task Chooses_and_compares_answers()
    {
        _here.Write("before.jsonl", Answers("D3 deposunda.", 80, "D3", 30) + Answers("Bilmem.", 10, "Yok.", 10));
        _here.Write("after.jsonl", Answers("D3 deposunda.", 80, "D3 deposu.", 60) + Answers("Bilmem.", 10, "D5 deposunda.", 90));
        _here.Write("fewer.jsonl", Answers("D3 deposunda.", 80, "D3", 30));
        _here.Write("others.jsonl", (Answers("D3", 80, "D5", 30) + Answers("Bilmem.", 10, "Yok.", 10))
            .Replace("word_f1: 1", "word_f1: 2", StringComparison.Ordinal));
        _here.Write("bad.jsonl", """{"location": "a", "messages": []}""" + "\n");
        var transcript = new Transcript((_here / "", "HERE"));
        await transcript.Run("preference pairs HERE/before.jsonl -o HERE/out.jsonl");
        transcript.Show(_here / "out.jsonl");
        await transcript.Run("preference pairs HERE/after.jsonl -o HERE/out.jsonl --minimum-margin 0.9");
        await transcript.Run("preference best HERE/after.jsonl -o HERE/out.jsonl --minimum-reward 0.85");
        transcript.Show(_here / "out.jsonl");
        await transcript.Run("preference best HERE/before.jsonl -o HERE/out.jsonl --minimum-reward 0.85");
        await transcript.Run("preference compare HERE/before.jsonl HERE/after.jsonl");
        foreach (var other in new[] { "fewer", "others", "bad", "none" })
            await transcript.Run($"preference compare HERE/before.jsonl HERE/{other}.jsonl");
        transcript.Compare("PreferenceChoices");
    }

    private static string Answers(string first, int firstReward, string second, int secondReward) =>
        $$"""
        {"location": "rows.jsonl:1", "messages": [{"role": "user", "context": ["D3 bir depodur."], "content": "Nerede?"}],
         "reference": "D3 deposunda.", "answers": [{{Answer(first, firstReward)}}, {{Answer(second, secondReward)}}],
         "rewards": ["word_f1: 1"]}
        """.ReplaceLineEndings("") + "\n";

    private static string Answer(string text, int reward) =>
        $$"""
        {"text": "{{text}}", "tokens": {{text.Length}}, "ends_by_itself": true, "reward": 0.{{reward}},
         "parts": { "word_f1": 0.{{reward}} } }
        """;
}
