namespace TorchSharp;

/// <summary>Every operator the binding reaches, by its ATen name. A new one is a line here and a line in its face.</summary>
internal static class Operators
{
    internal static readonly Operator
        // Pointwise
        add = new("aten::add", "Tensor"), add_ = new("aten::add_", "Tensor"),
        add_scalar = new("aten::add", "Scalar"), add_scalar_ = new("aten::add_", "Scalar"),
        sub = new("aten::sub", "Tensor"), sub_ = new("aten::sub_", "Tensor"),
        sub_scalar = new("aten::sub", "Scalar"), sub_scalar_ = new("aten::sub_", "Scalar"),
        rsub_scalar = new("aten::rsub", "Scalar"),
        mul = new("aten::mul", "Tensor"), mul_ = new("aten::mul_", "Tensor"),
        mul_scalar = new("aten::mul", "Scalar"), mul_scalar_ = new("aten::mul_", "Scalar"),
        div = new("aten::div", "Tensor"), div_ = new("aten::div_", "Tensor"),
        div_scalar = new("aten::div", "Scalar"), div_scalar_ = new("aten::div_", "Scalar"),
        addcmul_ = new("aten::addcmul_"), addcdiv_ = new("aten::addcdiv_"),
        neg = new("aten::neg"), abs = new("aten::abs"), exp = new("aten::exp"), log = new("aten::log"), sqrt = new("aten::sqrt"),
        expm1 = new("aten::expm1"), log_sigmoid = new("aten::log_sigmoid"), rsqrt = new("aten::rsqrt"), square = new("aten::square"), reciprocal = new("aten::reciprocal"), sigmoid = new("aten::sigmoid"),
        tanh = new("aten::tanh"), silu = new("aten::silu"), sin = new("aten::sin"), cos = new("aten::cos"), floor = new("aten::floor"),
        round = new("aten::round"), sign = new("aten::sign"), pow_scalar = new("aten::pow", "Tensor_Scalar"), clamp = new("aten::clamp"),
        clamp_ = new("aten::clamp_"), maximum = new("aten::maximum"), minimum = new("aten::minimum"),
        where = new("aten::where", "self"), masked_fill = new("aten::masked_fill", "Scalar"), masked_fill_ = new("aten::masked_fill_", "Scalar"),
        isnan = new("aten::isnan"), isinf = new("aten::isinf"), isfinite = new("aten::isfinite"),
        logical_and = new("aten::logical_and"), logical_or = new("aten::logical_or"), logical_not = new("aten::logical_not"),
        fill_ = new("aten::fill_", "Scalar"), zero_ = new("aten::zero_"),

        // Comparison
        eq = new("aten::eq", "Tensor"), ne = new("aten::ne", "Tensor"), lt = new("aten::lt", "Tensor"),
        le = new("aten::le", "Tensor"), gt = new("aten::gt", "Tensor"), ge = new("aten::ge", "Tensor"),
        eq_scalar = new("aten::eq", "Scalar"), ne_scalar = new("aten::ne", "Scalar"), lt_scalar = new("aten::lt", "Scalar"),
        le_scalar = new("aten::le", "Scalar"), gt_scalar = new("aten::gt", "Scalar"), ge_scalar = new("aten::ge", "Scalar"),
        equal = new("aten::equal"), allclose = new("aten::allclose"),

        // Reduction
        sum = new("aten::sum"), sum_dims = new("aten::sum", "dim_IntList"), mean = new("aten::mean"), mean_dims = new("aten::mean", "dim"),
        prod = new("aten::prod"), std = new("aten::std"), var = new("aten::var"),
        max = new("aten::max"), min = new("aten::min"), max_dim = new("aten::max", "dim"), min_dim = new("aten::min", "dim"),
        amax = new("aten::amax"), amin = new("aten::amin"), argmax = new("aten::argmax"), all = new("aten::all"), any = new("aten::any"),
        norm = new("aten::norm", "Scalar"), logsumexp = new("aten::logsumexp"), cumsum = new("aten::cumsum"),
        topk = new("aten::topk"), sort = new("aten::sort", "stable"),
        softmax = new("aten::softmax", "int"), log_softmax = new("aten::log_softmax", "int"), multinomial = new("aten::multinomial"),

        // Shape and indexing
        view = new("aten::view"), reshape = new("aten::reshape"), flatten = new("aten::flatten", "using_ints"),
        transpose = new("aten::transpose", "int"), permute = new("aten::permute"), t = new("aten::t"),
        squeeze = new("aten::squeeze"), squeeze_dim = new("aten::squeeze", "dim"), unsqueeze = new("aten::unsqueeze"),
        expand = new("aten::expand"), repeat = new("aten::repeat"), repeat_interleave = new("aten::repeat_interleave", "self_int"),
        select = new("aten::select", "int"), slice = new("aten::slice", "Tensor"), narrow = new("aten::narrow"),
        split = new("aten::split", "Tensor"), chunk = new("aten::chunk"), unbind = new("aten::unbind", "int"),
        index = new("aten::index", "Tensor"), index_put_ = new("aten::index_put_"), index_select = new("aten::index_select"),
        index_add_ = new("aten::index_add_"), gather = new("aten::gather"), scatter = new("aten::scatter", "src"), scatter_ = new("aten::scatter_", "src"),
        masked_select = new("aten::masked_select"), nonzero = new("aten::nonzero"), tril = new("aten::tril"), triu = new("aten::triu"),
        roll = new("aten::roll"), flip = new("aten::flip"), cat = new("aten::cat"), stack = new("aten::stack"),

        // Copies and placement
        to_dtype = new("aten::to", "dtype"), to_device = new("aten::to", "device"), clone = new("aten::clone"), contiguous = new("aten::contiguous"),
        copy_ = new("aten::copy_"), pin_memory = new("aten::pin_memory"), detach = new("aten::detach"), detach_ = new("aten::detach_"),

        // Products
        matmul = new("aten::matmul"), mm = new("aten::mm"), bmm = new("aten::bmm"), dot = new("aten::dot"), outer = new("aten::outer"),
        addmm = new("aten::addmm"), baddbmm = new("aten::baddbmm"), einsum = new("aten::einsum"), linear = new("aten::linear"),

        // Factories
        zeros = new("aten::zeros"), ones = new("aten::ones"), empty = new("aten::empty", "memory_format"), full = new("aten::full"),
        eye = new("aten::eye", "m"), arange = new("aten::arange", "start_step"), rand = new("aten::rand", "generator"),
        randn = new("aten::randn", "generator"), randint = new("aten::randint", "low_generator"), randperm = new("aten::randperm", "generator"),
        zeros_like = new("aten::zeros_like"), ones_like = new("aten::ones_like"), empty_like = new("aten::empty_like"), rand_like = new("aten::rand_like"),
        normal_ = new("aten::normal_"), uniform_ = new("aten::uniform_"), bernoulli_ = new("aten::bernoulli_", "float"),

        // Loss and regularisation
        cross_entropy = new("aten::cross_entropy_loss"), dropout = new("aten::dropout"), embedding = new("aten::embedding");
}
