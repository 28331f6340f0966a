using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tests.Unit.Cli.Transcripts;

/// <summary>
/// What commands on conversations print: <c>data convert</c>, <c>data inspect --loss-mask</c> and <c>data report</c>.
/// </summary>
public sealed class ConversationTranscriptTests : IDisposable
{
    private readonly TestWorkspace _here = new();

    public void Dispose() => _here.Dispose();

    [Fact]
    public async Task Converts()
    {
        _here.Write("alpaca.jsonl", """{"instruction": "Say.", "input": "Bir metin.", "output": "Üç.", "puan": 5}""" + "\n");
        _here.Write("few.jsonl", string.Join('\n', File.ReadLines(Path.Combine(ReferenceRun.Fixtures, "sft",
            "chat.jsonl")).Take(2)) + "\n");
        var transcript = new Transcript((_here / "", "HERE"));
        foreach (var format in new[]
        {
            "messages", "sharegpt", "chatmarkup", "tokens -t FIXTURES/tokenizer", "alpaca", "completion", "pairs",
        })
        {
            await transcript.Run($"data convert HERE/few.jsonl HERE/out.jsonl --to {format}");
            if (File.Exists(_here / "out.jsonl")) transcript.Show(_here / "out.jsonl");
        }
        await transcript.Run("data convert HERE/alpaca.jsonl HERE/out.jsonl");
        transcript.Show(_here / "out.jsonl");
        await transcript.Run("data convert HERE/alpaca.jsonl HERE/out.jsonl --to pairs --input-is-context");
        transcript.Show(_here / "out.jsonl");
        await transcript.Run("data convert HERE/out.jsonl HERE/./out.jsonl");
        await transcript.Run("data convert HERE/out.jsonl HERE/tokens.jsonl --to tokens");
        await transcript.Run("data convert HERE/out.jsonl HERE/tokens.jsonl --to csv");
        await transcript.Run("data convert HERE/nowhere.jsonl HERE/x.jsonl");
        transcript.Compare("Conversions");
    }

    [Fact]
    public async Task Checks_rows()
    {
        _here.Write("rows.jsonl", """
            {"question": "Onay süresi kaç gündür?", "answer": "Onay süresi 3 gündür."}
            {"question": "Onay süresi kaç gündür?", "answer": "Onay süresi 5 gündür."}
            {"question": "Fire nedir?", "answer": "Kayıptır."}
            {"question": "FİRE NEDİR", "answer": "Kayıptır", "puan": 3}
            {"question": "Kime yazılır?", "answer": "ali@ornek.com'a yazılır, 0532 123 45 67 aranır."}

            """);
        var transcript = new Transcript((_here / "", "HERE"));
        await transcript.Run("data check HERE/rows.jsonl");
        await transcript.Run("data check HERE/rows.jsonl --show 0 --json");
        await transcript.Run("data check HERE/rows.jsonl --show 0 --output HERE/clean --pii mask");
        transcript.Show(_here / "clean/rows.jsonl");
        transcript.Show(_here / "clean/removed.jsonl");
        await transcript.Run(
            "data check HERE/rows.jsonl --show 0 --output HERE/clean --pii drop --remove contradictions near-duplicates --json");
        transcript.Show(_here / "clean/rows.jsonl");
        await transcript.Run("data check HERE/rows.jsonl --pii mask");
        await transcript.Run("data check HERE/rows.jsonl HERE/rows.jsonl");
        await transcript.Run("data check HERE/rows.jsonl --question-similarity 0.1");
        await transcript.Run("data check HERE/nowhere.jsonl");
        await transcript.Run("data check");
        transcript.Compare("RowChecks");
    }

    [Fact]
    public async Task Shows_loss_masks()
    {
        _here.Write("rows.jsonl", """
            {"question": "Nerede?", "answer": "Çuval 👩‍👩‍👧 <i>\tıslak\u00a0mı\nevet", "context": "Depo\u200b doludur."}

            """);
        _here.Write("tokens.jsonl", """
            {"input_ids": [0, 4, 133, 300, 172, 180, 5], "labels": [-100, -100, -100, 300, 172, -100, 5]}

            """);
        var transcript = new Transcript((_here / "", "HERE"));
        await transcript.Run("data inspect HERE/rows.jsonl --loss-mask -t FIXTURES/tokenizer --html HERE/page.html");
        transcript.Show(_here / "page.html");
        await transcript.Run("data inspect HERE/rows.jsonl --loss-mask -t FIXTURES/tokenizer --system", "Kısa yanıt ver.");
        await transcript.Run("data inspect HERE/tokens.jsonl --loss-mask -t FIXTURES/tokenizer --html HERE/page.html");
        transcript.Show(_here / "page.html");
        await transcript.Run("data inspect FIXTURES/sft/chat.jsonl --loss-mask -t FIXTURES/tokenizer");
        await transcript.Run("data inspect FIXTURES/sft/rag.jsonl --loss-mask -t FIXTURES/tokenizer --row 19 --rows 2");
        await transcript.Run("data inspect FIXTURES/sft/erp.jsonl --loss-mask -t FIXTURES/tokenizer --row 2 --rows 1");
        foreach (var wrong in new[] { "--row 0", "--rows 0", "--row 20", "--row 1 --rows -1", "--html HERE" })
            await transcript.Run($"data inspect FIXTURES/sft/rag.jsonl --loss-mask -t FIXTURES/tokenizer {wrong}");
        transcript.Compare("LossMasks");
    }

    [Fact]
    public async Task Reports_on_a_fine_tuning_plan()
    {
        var numbers = string.Join(' ', Enumerable.Range(0, 90));
        var rows = Enumerable.Range(1, 30).Select(i => Row($"{i}. soru {i * i}?", new string('a', 1 + i * 3 % 40)))
            .Append(Row("2. soru 4?", "aaaaaaa")).Append(Row("uzun", numbers)).Append(Row(numbers, "kısa")).Append(Row("boş", ""))
            .Append($$"""{"question": "bağlam?", "answer": "var", "context": "{{numbers}}"}""")
            .Append("""{"question": "eksik", "answer": 5}""").Append("""{"question": "puanlı", "answer": "evet", "puan": 3}""");
        _here.Write("rows.jsonl", string.Join('\n', rows) + "\n");
        var classes = Path.Combine(ReferenceRun.Fixtures, "evaluation", "classes.jsonl");
        var gold = _here.Write("gold.jsonl", """{"question": "3. soru 9?", "answer": "aaaaaaaaaa"}""" + "\n");
        _here.Write("sft.yaml", SftPlan()
            + $"sft:\n  validation_share: 0.2\n  skip_invalid: true\n  gold: [{gold}]\n  sources:\n"
            + $"    uzun: {{ path: {_here / "rows.jsonl"}, weight: 1.25 }}\n    siniflar: {{ path: {classes}, weight: 3 }}\n"
            + $"    erp: {{ path: {Path.Combine(ReferenceRun.Fixtures, "sft", "chat.jsonl")} }}\n");
        _here.Write("bare.yaml", SftPlan()
            + "sft: { validation_share: 0, sources: { "
            + $"erp: {{ path: {Path.Combine(ReferenceRun.Fixtures, "sft", "chat.jsonl")} }} }} }}\n");
        var transcript = new Transcript((_here / "", "HERE"));
        await transcript.Run("data report HERE/sft.yaml --html HERE/page.html");
        transcript.Show(_here / "page.html");
        await transcript.Run("data report HERE/sft.yaml --set sft.skip_invalid=false");
        await transcript.Run(
            "data report HERE/bare.yaml --set training.sequence_length=250 --set model.max_seq_len=250 --html HERE/page.html");
        transcript.Show(_here / "page.html");
        await transcript.Run("data report HERE/tiny.yaml");
        await transcript.Run("data report HERE/nowhere.yaml --html HERE");
        transcript.Compare("FineTuningReports");
    }

    [Fact]
    public async Task Reports_on_a_preference_plan()
    {
        var pairs = File.ReadLines(Path.Combine(ReferenceRun.Fixtures, "preference", "erp.jsonl")).Take(12)
            .Append("""{"prompt": "eksik", "chosen": 5, "rejected": "b"}""")
            .Append("""{"prompt": "aynı", "chosen": "b", "rejected": "b"}""")
            .Append("""{"prompt": "puanlı", "chosen": "b c d", "rejected": "ç", "puan": 5}""");
        _here.Write("pairs.jsonl", string.Join('\n', pairs) + "\n");
        _here.Write("dpo.yaml", SftPlan() + $"preference: {{ files: [{_here / "pairs.jsonl"}], validation_share: 0.2, "
            + "skip_invalid: true, orpo: { lambda: 0.1 } }\n");
        var transcript = new Transcript((_here / "", "HERE")) { HasPathsInTables = true };
        await transcript.Run("data report HERE/dpo.yaml --html HERE/page.html");
        transcript.Show(_here / "page.html");
        await transcript.Run("data report HERE/dpo.yaml --set preference.skip_invalid=false");
        transcript.Compare("PreferenceReports");
    }

    private static string Row(string question, string answer) => $$"""{"question": "{{question}}", "answer": "{{answer}}"}""";

    private string SftPlan() => File.ReadAllText(_here.Plan)
        .Replace("training: { steps: 12,", "training: { epochs: 1,", StringComparison.Ordinal)
        .Replace("max_seq_len: 24", "max_seq_len: 120", StringComparison.Ordinal)
        .Replace("sequence_length: 19", "sequence_length: 100", StringComparison.Ordinal)
        .Replace("warmup_steps: 2", "warmup_ratio: 0.1", StringComparison.Ordinal);
}
