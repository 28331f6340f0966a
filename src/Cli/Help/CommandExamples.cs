namespace TurkishLlm.Cli.Help;

/// <summary>Examples that the help of each command shows.</summary>
internal static class CommandExamples
{
    private static readonly string[] All =
    [
        "demo",
        "demo --corpus my-corpus/ --preset v1 --steps 2000",
        "demo --resume",

        "tokenizer train corpus/ -v 64000 -o tokenizers/64k",
        "tokenizer train configs/corpus-full.yaml --counts counts/",
        "tokenizer train corpus/ -v 32000 -o tokenizers/32k-tekken --split tekken",
        "tokenizer add-tokens tokenizers/64k --add \"<|plan|>\" -o tokenizers/64k-plan",
        "tokenizer add-tokens tokenizers/64k --add \"<|plan|>\" \"<|tool|>\" -o tokenizers/64k-tools",
        "tokenizer encode tokenizers/64k \"Ankara'dan geldim.\"",
        "tokenizer encode runs/demo-toy/tokenizer \"Kablolar sarılıyordu.\"",
        "tokenizer decode tokenizers/64k 412 978",
        "tokenizer decode runs/demo-toy/tokenizer 300 301 302",
        "tokenizer report tokenizers/64k --text heldout/ --html report.html",
        "tokenizer report tokenizers/64k --compare tokenizers/32k",

        "data prepare corpus/ -t tokenizers/64k -o shards/",
        "data prepare corpus/ -t tokenizers/64k -o shards/ --decontaminate gold.jsonl",
        "data prepare configs/corpus-r1.yaml --set validation_share=0.02",
        "data check erp.jsonl rag.jsonl",
        "data check erp.jsonl --output clean/ --remove duplicates near-duplicates contradictions",
        "data check support.jsonl --output clean/ --pii mask --json",
        "data score runs/sft-v1 erp.jsonl rag.jsonl -o losses.jsonl",
        "data score runs/v1-r1 erp.jsonl -o losses.jsonl --sequence-length 512 --checkpoint last",
        "data inspect shards/ -t tokenizers/64k --document 7",
        "data inspect shards/ --stats",
        "data inspect fixtures/sft/rag.jsonl --loss-mask -t tokenizers/64k --html mask.html",
        "data convert alpaca.json messages.jsonl --to messages",
        "data convert pairs.jsonl tokens.jsonl --to tokens -t tokenizers/64k",
        "data report configs/sft-v1.yaml --html data.html",
        "data report configs/sft-toy.yaml --set sft.validation_share=0.2",
        "data retrieval docs/erp --gold gold.jsonl -t tokenizers/64k",
        "data retrieval docs/erp --gold synth/erp/sft/v2/validation.jsonl --passages 5",

        "train configs/toy.yaml --find-lr --html rates.html",
        "train configs/v1-r1.yaml --resume auto",
        "train configs/v1-r2.5.yaml --init-from runs/v1-r2",
        "launch -n 2 configs/toy.yaml",
        "launch -n 8 configs/v1-r1.yaml --resume auto",
        "pipeline configs/chain-toy.yaml",
        "pipeline configs/chain-v1.yaml --dry-run --hourly-rate 2.38 --currency USD",
        "pipeline configs/chain-v1.yaml --from fine-tuning",
        "evaluate runs/demo-toy/run",
        "evaluate runs/sft-v1 --gold gold.jsonl --base-model runs/v1-r1 --json metrics.json",
        "evaluate runs/sft-v1 --gold gold.jsonl --docs docs/ --compare runs/sft-v2 --html evaluation.html",
        "task convert mmlu_tr.jsonl mmlu.jsonl --style mmlu",
        "task convert xquad.tr.json xquad.jsonl --style xquad",
        "task contamination mmlu.jsonl --text corpus/",
        "task contamination xquad.jsonl --text corpus/ --context --rows overlap.jsonl",
        "reward evaluate runs/reward-toy",
        "reward evaluate runs/reward-toy pairs.jsonl --checkpoint last",
        "reward score runs/reward-toy answers.jsonl -o rewards.jsonl",
        "reward score runs/reward-toy/checkpoints/step-000078 answers.jsonl -o rewards.jsonl",

        "generate runs/demo-toy/run \"Türkiye\" --seed 7",
        "generate runs/demo-toy/sft \"Telbis nedir?\" --chat",
        "generate runs/toy \"Türkiye\" --checkpoint last",
        "chat runs/demo-toy/sft",
        "chat runs/sft-v1 --docs docs/ --temperature 0.3",
        "chat runs/sft-v1 --tools calculator,date --prompt \"418 ile 277 toplanırsa kaç eder?\"",
        "serve runs/demo-toy/sft",
        "serve runs/sft-v1 --docs docs/ --port 9000",
        "serve models/sft-v1 --host 0.0.0.0 --api-key-file key.txt",

        "runs list",
        "runs list runs/sweep",
        "runs show runs/toy",
        "runs show runs/toy --html report.html",
        "runs compare runs/a runs/b --html compare.html",
        "runs compare runs/a runs/b --target-loss 3.5",
        "runs serve",
        "runs serve runs/sweep --port 9001",
        "runs export runs/toy logs/toy --format tensorboard",
        "runs export runs/toy toy.csv --format csv",
        "runs cost",
        "runs cost runs synth --hourly-rate 2.38 --currency USD",

        "checkpoint inspect runs/toy",
        "checkpoint inspect runs/toy/checkpoints/step-000300",
        "checkpoint verify runs/toy",
        "checkpoint verify models/toy",
        "checkpoint import step_050000.pt models/r1 --tokenizer tokenizers/64k",
        "checkpoint import model.safetensors models/r1 --tokenizer tokenizers/64k --config config.json",
        "checkpoint import models/toy/model.gguf models/back",
        "checkpoint export runs/toy models/toy",
        "checkpoint export runs/toy models/toy --format hf --dtype bfloat16",
        "checkpoint export runs/toy models/toy --format gguf --dtype q8_0",
        "checkpoint merge runs/sft-v1-lora models/sft-v1",
        "checkpoint merge runs/sft-v1-lora models/sft-v1 --base-model models/v1-r1",

        "synth chunk docs/erp -o synth/erp",
        "synth chunk docs/erp -o synth/erp -t tokenizers/64k --max-tokens 1000",
        "synth group synth/erp",
        "synth group synth/erp --rules 1 4 10",
        "synth generate synth/erp --provider anthropic --model claude-sonnet-4-6 --dry-run",
        "synth generate synth/erp --provider anthropic --model claude-sonnet-4-6 --budget 25",
        "synth generate synth/erp --provider openai --endpoint http://localhost/v1 --model local",
        "synth build synth/erp",
        "synth build synth/erp --refusal-share 0.1 --validation-share 0.05",
        "synth report synth/erp",
        "synth report synth/erp --model claude-sonnet-4-6",
        "synth probe runs/sft-v1 gold.jsonl -o probe/sft-v1",
        "synth probe runs/sft-v1 erp.jsonl -o probe/erp --samples 16 --refusal-share 0.1",
        "synth demo",
        "synth demo --run runs/my-synth-demo",

        "preference generate runs/sft-v1 questions.jsonl -o answers.jsonl --reward word_f1=1 --reward ends=0.2",
        "preference generate runs/sft-v1 rag.jsonl -o answers.jsonl -n 16 --reward groundedness=1 --reward length.maximum=40",
        "preference pairs answers.jsonl -o pairs.jsonl",
        "preference pairs answers.jsonl -o pairs.jsonl --minimum-margin 0.2",
        "preference best answers.jsonl -o rows.jsonl",
        "preference best answers.jsonl -o rows.jsonl --minimum-reward 0.8",
        "preference compare before.jsonl after.jsonl",
        "preference compare sft-v1.jsonl dpo-v1.jsonl --seed 1",

        "spec list",
        "spec list --markdown",
        "spec run configs/toy.yaml",
        "spec run --only P22,ATT-01 --verbose",
        "spec export cases",
        "spec export cases --vocab-size 50257 --max-length 1024 --layers 12 --width 3072",
        "memory configs/v1-r1.yaml --limit 80GB",
        "memory configs/v1-r1.yaml --device cpu --measure",
        "doctor",
        "doctor configs/toy.yaml",
        "doctor configs/toy.yaml --json",

        "completion bash > ~/.local/share/bash-completion/completions/turkishllm",
        "completion zsh > ~/.zfunc/_turkishllm",
        "completion fish > ~/.config/fish/completions/turkishllm.fish",
        "version",
        "version --json",
    ];

    /// <summary>Returns the examples of a command, without the program name.</summary>
    /// <param name="path">Names of the command and its parents.</param>
    /// <param name="isGroup">
    /// True for a command with subcommands. Its examples are one each of the first three subcommands.
    /// </param>
    public static IReadOnlyList<string> Find(IReadOnlyList<string> path, bool isGroup)
    {
        if (path.Count == 0) return ["demo", "train configs/toy.yaml --set seed=7", "chat runs/demo-toy/sft"];
        var examples = All.Where(example => (example + " ").StartsWith(string.Join(' ', path) + " ", StringComparison.Ordinal));
        return isGroup ? [.. examples.DistinctBy(example => example.Split(' ')[path.Count]).Take(3)] : [.. examples];
    }
}
