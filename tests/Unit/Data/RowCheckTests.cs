using FluentAssertions;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Data.Privacy;
using TurkishLlm.Data.RowChecks;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tests.Unit.Data;

/// <summary>The check of rows as a set, and the files that it writes.</summary>
public sealed class RowCheckTests : IDisposable
{
    private readonly TemporaryDirectory _here = new();

    public void Dispose() => _here.Dispose();

    [Theory]
    [InlineData("""{"messages":[{"role":"user","content":"Q"},{"role":"assistant","content":"A"}]}""")]
    [InlineData("""{"instruction":"Q","input":"","output":"A"}""")]
    [InlineData("""{"conversations":[{"from":"human","value":"Q"},{"from":"gpt","value":"A"}]}""")]
    [InlineData("""{"prompt":"Q","completion":"A"}""")]
    [InlineData("""{"question":"Q","answer":"A","id":7}""")]
    [InlineData("""{"text":"Q","label":"A"}""")]
    [InlineData("""{"text":"<|im_start|>user\nQ<|im_end|>\n<|im_start|>assistant\nA<|im_end|>\n"}""")]
    public void Cleans_every_format_and_keeps_rows_as_they_are(string row)
    {
        string[] lines =
        [
            Fill("Fire nedir?", "Kayıptır."), Fill("Fire nedir?", "Kayıptır."), Fill("FİRE NEDİR", "kayıptır"),
            Fill("Depo nerede?", "Ali'ye ali@ornek.com'dan sor."),
        ];
        var file = _here.Write("rows.jsonl", string.Join('\n', lines) + "\n");
        var options = new RowCheckOptions([file]) { PersonalData = PersonalDataAction.Mask, MinimumTurkish = -1 };

        var report = RowCheck.Run(options);
        RowCleaner.Write(_here["clean"], report, options).Should().Be((2, 2));
        File.ReadAllLines(_here["clean/rows.jsonl"])
            .Should().Equal(lines[0], lines[3].Replace("ali@ornek.com", "<e-posta>", StringComparison.Ordinal));
        // The question of a classification names all labels, also the one with an address.
        var found = report.Files[0].Format == ConversationFormat.Classification ? "true" : "false";
        File.ReadAllText(_here["clean/removed.jsonl"]).Should().Be(
            $$"""
            {"file":"{{file}}","line":2,"reason":"duplicate","has_personal_data":{{found}},"other":"{{file}}:1"}
            {"file":"{{file}}","line":3,"reason":"near_duplicate","has_personal_data":{{found}},"other":"{{file}}:1"}

            """);
        ConversationReader.DetectFormat(_here["clean/rows.jsonl"]).Should().Be(report.Files[0].Format);

        string Fill(string question, string answer) =>
            row.Replace("Q", question, StringComparison.Ordinal).Replace("A", answer, StringComparison.Ordinal);
    }

    [Fact]
    public void Reads_lists_wrappers_groups_of_pairs_and_markup_files()
    {
        const string a = """{"question":"A nedir?","answer":"Bir."}""", b = """{"question":"B nedir?","answer":"İki."}""";
        const string c = """{"question":"C nedir?","answer":"Üç."}""";
        var list = _here.Write("list.json", $"[{a},{a}]");
        var wrapped = _here.Write("wrapped.json", $$"""{"data":[{{b}},{{c}}]}""");
        var pairs = _here.Write("pairs.jsonl", $$"""{"context":"Depo.","pairs":[{{c}},{{a}}]}""");
        var markup = _here.Write("markup.txt", "<|im_start|>user\nB nedir?<|im_end|>\n<|im_start|>assistant\nİki.<|im_end|>\n");
        var options = new RowCheckOptions([list, wrapped, pairs, markup]) { MinimumTurkish = -1 };

        var report = RowCheck.Run(options);
        report.Verdicts.Select(row => row.Finding).Should().Equal(
            RowFinding.None, RowFinding.Duplicate, RowFinding.None, RowFinding.None, RowFinding.None, RowFinding.None,
            RowFinding.Duplicate);
        RowCleaner.Write(_here["clean"], report, options).Should().Be((4, 2));
        File.ReadAllText(_here["clean/list.jsonl"]).Should().Be(a + "\n");
        File.ReadAllText(_here["clean/markup.jsonl"]).Should().BeEmpty();
    }

    [Fact]
    public void Tokens_are_compared_as_a_whole()
    {
        const string row = """{"input_ids":[0,4,272,5],"labels":[-100,-100,272,5]}""";
        const string other = """{"input_ids":[0,4,273,5],"labels":[-100,-100,273,5]}""";
        var file = _here.Write("tokens.jsonl", $"{row}\n{row}\n{other}\n");
        var report = RowCheck.Run(new([file]));
        report.TokenRows.Should().Be(3);
        report.Verdicts.Select(row => row.Finding).Should().Equal(RowFinding.None, RowFinding.Duplicate, RowFinding.None);
        report.Diversity.Questions.Should().Be(0);
    }

    [Fact]
    public void Finds_outliers_in_length_and_language()
    {
        var rows = Enumerable.Range(0, 60)
            .Select(i => Row($"{i} numaralı ürün hangi depoda bulunur?", $"Ürün {i} ana depoda bulunur."));
        var file = _here.Write("rows.jsonl", string.Join('\n',
        [
            .. rows, Row("Uzun yanıt nedir?", string.Join(' ', Enumerable.Repeat("çok uzun", 400))),
            Row("What is the name of the table with all of the orders?", "It is the table with the name of orders."),
        ]));
        var report = RowCheck.Run(new([file]));
        report.Verdicts.TakeLast(2).Select(row => row.Finding)
            .Should().Equal(RowFinding.LengthOutlier, RowFinding.LanguageOutlier);
        report.Verdicts.SkipLast(2).Should().OnlyContain(row => row.Finding == RowFinding.None);
        RowCheck.Run(new([file]) { MinimumTurkish = -1 }).Count(RowFinding.LanguageOutlier).Should().Be(0);
    }

    [Fact]
    public void Drops_every_row_with_personal_data_even_if_something_else_was_found()
    {
        var file = _here.Write("rows.jsonl", string.Join('\n',
        [
            Row("Kime yazılır?", "ali@ornek.com adresine."), Row("Kime yazılır?", "veli@ornek.com adresine, 5 gün içinde."),
            Row("Depo nerede?", "Arkada."),
        ]));
        var options = new RowCheckOptions([file]) { PersonalData = PersonalDataAction.Drop, MinimumTurkish = -1 };
        RowCleaner.Write(_here["clean"], RowCheck.Run(options), options).Should().Be((1, 2));
    }

    [Fact]
    public void The_result_is_nearly_that_of_a_comparison_of_all_pairs()
    {
        var random = new Random(3);
        string[] words = ["depo", "sayım", "fatura", "sipariş", "onay", "kart", "bakır", "makara", "reçete", "iade"];
        var rows = Enumerable.Range(0, 400)
            .Select(i => string.Join(' ', Enumerable.Range(0, 6).Select(_ => words[random.Next(words.Length)])) + " nedir")
            .SelectMany(question => (string[])
                [question, question + "?", question.Replace("fatura ", "faturalar ", StringComparison.Ordinal)])
            .Select((question, i) => (Question: question, Answer: $"Yanıt {i / 3 % 7}."))
            .OrderBy(_ => random.Next())
            .ToArray();
        var file = _here.Write("rows.jsonl", string.Join('\n', rows.Select(row => Row(row.Question, row.Answer))));
        var found = RowCheck.Run(new([file]) { MinimumTurkish = -1 }).Verdicts;

        var questions = rows.Select(row => new ComparedQuestion(row.Question)).ToArray();
        var (expected, missed) = (0, 0);
        for (var i = 0; i < rows.Length; i++)
        {
            var same = Enumerable.Range(0, i)
                .Any(j => rows[j].Answer == rows[i].Answer && questions[j].Matches(questions[i], 0.8));
            var isFound = found[i].Finding is RowFinding.Duplicate or RowFinding.NearDuplicate;
            if (isFound) same.Should().BeTrue("row {0}: {1}", i, rows[i]);
            if (same) expected++;
            if (same && !isFound) missed++;
        }
        expected.Should().BeGreaterThan(100);
        missed.Should().BeLessThanOrEqualTo(expected / 50, "candidates at the limit are found with a probability of 0.998");
    }

    [Fact]
    public void Refuses_what_it_would_spoil()
    {
        var file = _here.Write("rows.jsonl", Row("A nedir?", "Bir."));
        var options = new RowCheckOptions([file]);
        var report = RowCheck.Run(options);
        _here.Write("full/notes.txt", "x");
        Message(() => RowCleaner.Write(_here["full"], report, options)).Should().Be(
            $"{_here["full"]} is not empty and has no removed.jsonl: it is not the output of this command. Choose a new "
                + "folder.");
        Message(() => RowCleaner.Write(file, report, options))
            .Should().Be($"{file} is a file. Give a folder for the cleaned rows.");
        Message(() => RowCheck.Run(new([file, file]))).Should()
            .Be($"{file} is given twice, so each of its rows would be a duplicate. Name it once.");
        Message(() => RowCheck.Run(options with { QuestionSimilarity = 0.2, MinimumTurkish = 2 })).Should().Be(
            "The question similarity is 0.2; it must be 0.5 to 1, such as 0.8." + Environment.NewLine
            + "The minimum Turkish score is 2; scores are -1 to 1 (-1 = keep all).");
        Message(() => RowCheck.Run(new([]))).Should().Be("No file of conversations is given. Name at least one.");

        RowCleaner.Write(_here["clean"], report, options);
        RowCleaner.Write(_here["clean"], report, options).Should().Be((1, 0), "the folder is its own");
        var inside = new RowCheckOptions([_here["clean/rows.jsonl"]]);
        Message(() => RowCleaner.Write(_here["clean"], RowCheck.Run(inside), inside))
            .Should().StartWith(_here["clean/rows.jsonl"]);

        static string Message(Action act) => act.Should().Throw<InvalidDataException>().Which.Message;
    }

    [Fact]
    public void Rows_that_cannot_be_read_are_removed_too()
    {
        string[] lines = [Row("A nedir?", "Bir."), """{"question":7}""", Row("B nedir?", "İki.")];
        var file = _here.Write("rows.jsonl", string.Join('\n', lines));
        var options = new RowCheckOptions([file]) { SkipInvalid = true, MinimumTurkish = -1 };
        var report = RowCheck.Run(options);
        report.Files[0].Invalid.Should().Be(1);
        RowCleaner.Write(_here["clean"], report, options).Should().Be((2, 1));
        File.ReadAllLines(_here["clean/rows.jsonl"]).Should().Equal(lines[0], lines[2]);
        File.ReadAllText(_here["clean/removed.jsonl"])
            .Should().Be($$"""{"file":"{{file}}","line":2,"reason":"invalid"}""" + "\n");
    }

    [Fact]
    public void Files_of_the_same_name_keep_their_folders()
    {
        string[] files =
        [
            _here.Write("v1/train.jsonl", Row("A nedir?", "Bir.")), _here.Write("v2/train.json", Row("B nedir?", "İki.")),
        ];
        var options = new RowCheckOptions(files);
        RowCleaner.Write(_here["clean"], RowCheck.Run(options), options).Should().Be((2, 0));
        Directory.EnumerateFiles(_here["clean"], "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(_here["clean"], file).Replace('\\', '/'))
            .Should().BeEquivalentTo("v1/train.jsonl", "v2/train.jsonl", "removed.jsonl");
    }

    [Fact]
    public void Checks_the_fixtures()
    {
        string[] files =
        [
            .. new[] { "erp", "rag", "chat" }.Select(name => Path.Combine(ReferenceRun.Fixtures, "sft", $"{name}.jsonl")),
        ];
        var report = RowCheck.Run(new(files) { SkipInvalid = true });
        report.Verdicts.Should().HaveCount(64 + 19 + 4);
        report.Count(RowFinding.Duplicate).Should().Be(0);
    }

    private static string Row(string question, string answer) => $$"""{"question":"{{question}}","answer":"{{answer}}"}""";
}
