using System.Text.RegularExpressions;

namespace TurkishLlm.Tests.Unit.Packages;

/// <summary>What a project that uses the packages has apart from the code that docs/guide/specify.md prints.</summary>
internal static partial class ConsumerSources
{
    public const string Usings = """
        using TorchSharp;
        using TorchSharp.Modules;
        using static TorchSharp.torch;
        using static TorchSharp.torch.nn;

        """;

    /// <summary>A model and a step of training.</summary>
    public const string MyTrainer = """
        sealed class Bigrams : Module<Tensor, Tensor>
        {
            private readonly Embedding embedding = Embedding(97, 24);
            private readonly Linear head = Linear(24, 97);

            public Bigrams() : base("bigrams") => RegisterComponents();

            public override Tensor forward(Tensor ids) => head.forward(functional.gelu(embedding.forward(ids)));
        }

        sealed class MyTrainer : IDisposable
        {
            private readonly AdamW optimizer;

            public MyTrainer(long seed, double rate, double decay)
            {
                random.manual_seed(seed);
                Model = new();
                AdamW.ParamGroup[] groups =
                [
                    new(Model.parameters().Where(p => p.ndim > 1), lr: rate, weight_decay: decay),
                    new(Model.parameters().Where(p => p.ndim == 1), lr: rate, weight_decay: 0),
                ];
                optimizer = optim.AdamW(groups, lr: rate, weight_decay: 0);
            }

            public Bigrams Model { get; }

            public double Step((Tensor Ids, Tensor Targets)[] microBatches)
            {
                using var scope = NewDisposeScope();
                var counted = microBatches.Sum(rows => rows.Targets.ne(-100).sum().item<long>());
                var total = 0.0;
                optimizer.zero_grad();
                foreach (var (ids, targets) in microBatches)
                {
                    var logits = Model.forward(ids).flatten(0, 1);
                    var loss = functional.cross_entropy(logits, targets.flatten(), reduction: Reduction.Sum) / counted;
                    loss.backward();
                    total += loss.item<float>();
                }
                if (double.IsFinite(total)) optimizer.step();
                return total;
            }

            public void Save(string folder)
            {
                Model.save(Path.Combine(folder, "model.dat"));
                optimizer.save_state_dict(Path.Combine(folder, "optimizer.dat"));
            }

            public void Load(string folder)
            {
                Model.load(Path.Combine(folder, "model.dat"));
                optimizer.load_state_dict(Path.Combine(folder, "optimizer.dat"));
            }

            public void Dispose()
            {
                optimizer.Dispose();
                Model.Dispose();
            }
        }
        """;

    /// <summary>A program that runs statements one after another, and prints what each verifies.</summary>
    public static string ProgramOf(IReadOnlyList<string> statements)
    {
        string[] usings =
        [
            "using TurkishLlm.Specification.LanguageModels.Loops;\n",
            .. statements.SelectMany(text => UsingPattern().Matches(text)).Select(match => match.Value),
        ];
        return string.Concat(usings.Distinct())
            + string.Concat(statements.Select(text => $"Report(() =>\n{{\n{UsingPattern().Replace(text, "")}}});\n"))
            + """
            static void Report(Action verify)
            {
                try
                {
                    verify();
                    Console.WriteLine("holds");
                }
                catch (RequirementFailedException error)
                {
                    Console.WriteLine(error.Message);
                }
            }
            """;
    }

    /// <summary>A class that compiles calls of <c>Judge</c> with functions that do nothing.</summary>
    public static string CallsOf(string calls) =>
        Usings + string.Concat(UsingPattern().Matches(calls).Select(match => match.Value)) + $$"""
        using TurkishLlm.Specification;
        using TurkishLlm.Specification.LanguageModels.Functions;

        static class Calls
        {
            public static void Compile(MyTokenizer mine)
            {
        {{UsingPattern().Replace(calls, "")}}
            }

            static Tensor MyRmsNorm(Tensor x, Tensor weight, double eps) => x;
            static Tensor MyLayerNorm(Tensor x, Tensor weight, Tensor bias, double eps) => x;
            static Tensor MyAttention(Tensor q, Tensor k, Tensor v) => q;
            static Tensor MyAlibiAttention(Tensor q, Tensor k, Tensor v) => q;
            static Tensor MyLayer(Tensor x, Tensor query, Tensor key, Tensor value, Tensor output, int heads) => x;
            static Tensor MySwiGlu(Tensor x, Tensor gate, Tensor up, Tensor down) => x;
            static Tensor MyBias(int heads, int queries, int keys) => zeros(heads, queries, keys);
            static float[] MySlopes(int heads) => [];
            static Tensor MyCrossEntropy(Tensor logits, Tensor targets) => logits;
            static Tensor MyMeanLoss(Tensor logits, Tensor targets) => logits;
            static double MyRate(long step, double peak, double minimum, long warmup, long steps) => peak;
            static double MyLine(long step, double peak, double minimum, long warmup, long steps) => peak;
            static double MyClip(IReadOnlyList<Parameter> weights, double maxNorm) => maxNorm;
            static double[] MyProbabilities(float[] logits, SamplerConstants options, IReadOnlyList<int> chosen) => [];
            static (long[], long[]) MyShift(IReadOnlyList<int> ids, IReadOnlyList<bool> mask) => ([], []);
            static (long[], long[], long[]) MyRow(IReadOnlyList<MaskedTokens> examples, int length, int padding) => ([], [], []);
            static IReadOnlyList<IReadOnlyList<int>> MyPacking(IReadOnlyList<int> lengths, int rowLength) => [];
        }

        sealed class MyAdamW(IEnumerable<Parameter> weights, double beta1, double beta2, double epsilon, double decay)
        {
            public void Step(double rate) => _ = (weights, beta1, beta2, epsilon, decay);
        }

        sealed class MyTokenizer
        {
            public IReadOnlyDictionary<string, int> SpecialIds => new Dictionary<string, int>();
            public IReadOnlyList<int> Encode(string text) => [];
            public string Decode(IEnumerable<int> ids) => "";
        }
        """;

    [GeneratedRegex(@"^using (static )?[\w.]+;\n", RegexOptions.Multiline)]
    private static partial Regex UsingPattern();
}
