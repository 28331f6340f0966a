using TurkishLlm.Tests.Unit.Inference;
using TurkishLlm.Tests.Unit.Training;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Tests.Unit.Cli.Transcripts;

/// <summary>What <c>generate</c> and <c>chat</c> print, on a model with an answer of its own.</summary>
[Collection(nameof(NonParallel))]
public sealed class ModelTranscriptTests : IDisposable
{
    private readonly TestWorkspace _here = new();

    public void Dispose() => _here.Dispose();

    [Fact]
    public async Task Generates()
    {
        ScriptedRun.Write(_here.Run, "Iğdır'da, üç bobin.");
        ScriptedRun.Write(_here / "bare", "Iğdır'da.", converses: false);
        var transcript = new Transcript((_here / "", "HERE"));
        await transcript.Run("generate HERE/run --chat", "Makara nerede?");
        await transcript.Run("generate HERE/run --chat --json", "Makara nerede?");
        await transcript.Run("generate HERE/run --chat --max-tokens 2 --json", "Makara nerede?");
        await transcript.Run("generate HERE/run --chat --json --stop", ", üç", "Makara nerede?");
        await transcript.Run("generate HERE/run --temperature 0 --max-tokens 3 --json", "Iğ");
        await transcript.Run("generate HERE/run --temperature 0 --max-tokens 3", "Iğ");
        await transcript.Run("generate HERE/run --temperature 1.5 --max-tokens 6 --seed 7 --top-k 5 --top-p 0.9", "Iğ");
        await transcript.Run("generate HERE/run --max-tokens 4 --seed 8 --checkpoint last");
        await transcript.RunWithInput("Makara nerede?\n", "generate HERE/run --chat");
        await transcript.RunWithInput("Makara nerede?", "generate HERE/run - --chat --checkpoint step-12");
        await transcript.Run("generate HERE/run --chat");
        await transcript.Run("generate HERE/run --chat", " ");
        await transcript.Run("generate HERE/bare --chat", "Makara nerede?");
        foreach (var wrong in new[]
        {
            "--max-tokens 0", "--temperature -1", "--top-k -1", "--top-p 0", "--top-p 1.1", "--device gpu", "--checkpoint step-9",
            "--checkpoint x", "--seed 1.5",
        })
            await transcript.Run($"generate HERE/run a {wrong}");
        await transcript.Run("generate HERE/run a --stop", "");
        await transcript.Run("generate HERE/rnu a");
        await transcript.Run("generate HERE/tiny.yaml a");
        await transcript.Run("generate HERE a");
        transcript.Compare("Generation");
    }

    [Fact]
    public async Task Scores_and_probes()
    {
        ScriptedRun.Write(_here.Run, "Iğdır'da.");
        _here.Write("rows.jsonl", """
            {"question": "Makara nerede?", "answer": "Iğdır'da."}
            {"question": "Bobin nerede?", "answer": "Ana depoda, rafta."}
            {"question": "Kart nerede?", "answer": "Iğdır'da bulunur."}
            {"question": "Fire nedir?", "answer": "Kayıptır."}
            {"question": "Kim sorumlu?", "answer": "Bu konuda bilgim yok."}
            {"question": "Depo nerede?", "context": "Depo Iğdır'da.", "answer": "Iğdır'da."}

            """);
        var transcript = new Transcript((_here / "", "HERE"));
        await transcript.Run("data score HERE/run HERE/rows.jsonl -o HERE/losses.jsonl --checkpoint last");
        transcript.Show(_here / "losses.jsonl");
        await transcript.Run("data score HERE/run HERE/rows.jsonl -o HERE/losses.jsonl --sequence-length 1");
        await transcript.Run("data score HERE/run HERE/rows.jsonl -o HERE/losses.jsonl --supervise some");
        await transcript.Run("data score HERE/run HERE/rows.jsonl");
        await transcript.Run("synth probe HERE/run HERE/rows.jsonl -o HERE/probe --refusal-share 0.5 --checkpoint last");
        transcript.Show(_here / "probe/rows.jsonl");
        await transcript.Run("synth probe HERE/run HERE/rows.jsonl -o HERE/probe --samples 0");
        await transcript.Run("synth probe HERE/run HERE/rows.jsonl -o HERE/probe --temperature 0");
        await transcript.Run("synth probe HERE/run HERE/rows.jsonl -o HERE/probe --known-share 0.2 --unknown-share 0.3");
        await transcript.Run("synth probe HERE/run HERE/nowhere.jsonl -o HERE/probe");
        transcript.Compare("ScoresAndProbes");
    }

    [Fact]
    public async Task Chats()
    {
        ScriptedRun.Write(_here.Run, "Iğdır'da.", system: "Kısa yanıt ver.");
        ScriptedRun.Write(_here / "short", "Evet, üç.", contextLength: 60);
        ScriptedRun.Write(_here / "long", "Iğdır'da.", contextLength: 512);
        ScriptedRun.Write(_here / "mute", "");
        ScriptedRun.Write(
            _here / "calling",
            [SpecialTokens.ToolCall, .. ScriptedModel.Tokenizer.EncodeToIds("12+30"), SpecialTokens.EndOfTurn],
            contextLength: 700);
        _here.Write("context.txt", string.Join(' ', Enumerable.Range(1, 40).Select(i => $"{i}. makara D{i} deposunda.")));
        _here.Write("note.txt", "Kısa not.");
        _here.Write("empty.txt", " \n");
        _here.Write("rows.jsonl", """{"question": "a", "answer": "b"}""" + "\n");
        var transcript = new Transcript((_here / "", "HERE"));
        var talk = string.Join('\n', [
            "Makara nerede?", "", "/system", $"/save {_here / "chat.jsonl"}", "/system Yalnızca yer.", "/system", "Bobin nerede?",
            $"/save {_here / "chat.jsonl"}", $"/save {_here / "rows.jsonl"}", "/save", "/help", "/reset",
            $"/save {_here / "chat.jsonl"}", "//tel nerede?", "/sav x", "/exit", "never asked",
        ]) + "\n";
        await transcript.RunWithInput(talk, "chat HERE/run", interactive: true);
        transcript.Show(_here / "chat.jsonl");
        await transcript.RunWithInput(talk, "chat HERE/run --max-tokens 2");
        await transcript.RunWithInput("Makara nerede?\nBobin?\n", "chat HERE/run --json", interactive: true);
        await transcript.RunWithInput(
            "Makara nerede?\nBobin nerede?\nTel nerede?\n/reset\nTel?\n",
            "chat HERE/short --context HERE/note.txt --max-tokens 9");
        await transcript.RunWithInput(
            "Makara nerede?\n" + string.Join(' ', Enumerable.Repeat("makara", 60)) + "\n",
            "chat HERE/short --context HERE/context.txt --max-tokens 9");
        await transcript.RunWithInput(
            "Temiz bakır firesi hangi depoya girer?\nzzz qqq?\n",
            $"chat HERE/long --docs {Erp} --passages 2 --max-tokens 20");
        await transcript.RunWithInput(
            "Temiz bakır firesi hangi depoya girer?\n", $"chat HERE/long --docs {Erp} --context HERE/note.txt --json");
        await transcript.RunWithInput("Kaç eder?\n/system\n", "chat HERE/calling --tools calculator --max-tool-calls 1");
        await transcript.RunWithInput("Kaç eder?\n", "chat HERE/calling --tools calculator --max-tool-calls 1 --json");
        await transcript.RunWithInput("Kaç eder?\n", "chat HERE/calling --tools date --max-tokens 3");
        await transcript.RunWithInput("Kaç eder?\n", "chat HERE/calling");
        await transcript.RunWithInput("Makara nerede?\n", "chat HERE/run --prompt - --stop .");
        await transcript.RunWithInput($"Makara nerede?\n/save {_here / "x.jsonl"}\n", "chat HERE/mute");
        await transcript.Run("chat HERE/run --system", "Başka.", "--prompt", "/reset\nMakara nerede?");
        await transcript.RunWithInput("Makara nerede?\n", $"chat HERE/short --docs {Erp}");
        foreach (var wrong in new[]
        {
            "--passages 0", "--max-tokens 0", "--repetition-penalty 0", "--repetition-penalty 0.5", "--temperature -1",
            "--top-p 2",
            "--context HERE/none.txt", "--context HERE/empty.txt", "--docs HERE/none", "--device gpu", "--checkpoint step-3",
            "--tools calculater", "--tools ,", "--tools search", "--mcp HERE/none",
            "--tool-timeout 0", "--max-tool-calls 0", "--max-tool-output 3",
        })
            await transcript.RunWithInput("a\n", $"chat HERE/run {wrong}");
        foreach (var option in new[] { "--prompt", "--system", "--stop" }) await transcript.Run($"chat HERE/run {option}", "");
        await transcript.RunWithInput("\n", "chat HERE/run --prompt -");
        transcript.Compare("Chat");
    }

    private static string Erp => Path.Combine(TurkishLlm.Tests.Shared.ReferenceRun.Fixtures, "erp");
}
