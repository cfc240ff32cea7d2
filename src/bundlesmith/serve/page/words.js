// All that the page itself says, in English and Chinese.
const EN = {
  skip: "To the message field", hello: "What shall we put together?",
  intro: "Say what it is for, for whom, and what it may cost. You get a set that fits, from what is in the shop.",
  placeholder: "A present for a friend who loves tea, under 60", send: "Send", stop: "Stop", message: "Your message",
  wishes: "Wishes", customer: "Customer", nobody: "Nobody in particular", history: "Latest of their history", budget: "Budget for the set",
  any: "any", least: "At least", most: "At most", items: "items", categories: "With one each of", add_category: "Add a category",
  stock: "Only in stock", sets: "Sets to choose from", size: "Size", theme: "Dark or light", fresh: "New conversation", undo: "Undo",
  language: "中文", left_out: "{0} left out", remove: "Remove: {0}", you: "You", shop: "Shop", working: "Putting a set together …",
  in_stock: "In stock", few: "Only {0} left", none_left: "Out of stock", total: "Total", set: "Set {0}", alternatives: "Sets",
  keep: "Keep", drop: "Leave out", swap: "Swap", why: "Why?", cheaper: "Cheaper", cheaper_say: "cheaper", more: "One more", more_say: "add one more",
  other: "Something else", other_say: "show me something else", basket: "Add to basket", in_basket: "In the basket", good: "I like it", bad: "I don't like it",
  thanks: "Thank you, noted.", reason: "What is wrong with it?", r1: "Too expensive", r2: "Doesn't go together", r3: "Not my style", r4: "I have it already",
  other_reason: "Something else", share: "Copy link", copy_text: "Copy as text", copy_json: "Copy as JSON", copied: "Copied.", more_actions: "Share or copy",
  swapping: "Looking for alternatives …", choose: "Instead of {0}:", take: "Take", cancel: "Cancel", no_swap: "Nothing else fits these rules.",
  dropped: "Left out: {0}", swapped: "Swapped in: {0}", undone: "Undone.", changed: "You changed this set. What the cards say holds for it as it is now.",
  shared: "A set that was shared with you", rests: "What it rests on", said: "“{0}”", weights: "What weighed in", weighing: "Weighing history, words and rules …",
  src_history: "from the history: {0}", src_words: "from the request", src_catalogue: "from the catalogue: {0}", src_count: "counted", src_total: "summed from the prices", src_rule: "from your wishes: {0}",
  purchase: "bought", buy: "bought", cart: "put into the cart", view: "looked at", busy: "Many are asking right now.", again_in: "Asking again in {0} s.",
  gone: "The assistant is being restarted.", away: "The shop can't be reached. Is the network there?", loading: "The assistant is waking up; that takes a moment.", late: "That took too long.",
  broken: "Something went wrong.", impossible: "That can't be done: {0}", retry: "Try again", key: "This shop asks for a key", key_field: "Key", use: "Use it",
  stopped: "Stopped.", ready: "The set is complete: {0}", item_said: "{0}, {1}", removed: "Removed.", no_text: "Any set you like", from: "From {0}, under {1}",
  gift: "A gift from {0}, {1} items", two: "Something for {0} under {1}", unsold: "Some of what was shared is no longer sold.", menu_hint: "Budget, size, customer",
};
const ZH = {
  skip: "跳到输入框", hello: "想搭配一套什么？", intro: "说说用途、给谁用、预算多少。我们从店里的商品中为您搭配一套。",
  placeholder: "送给爱喝茶的朋友，60以内", send: "发送", stop: "停止", message: "您的消息", wishes: "要求", customer: "顾客", nobody: "不指定",
  history: "最近的记录", budget: "整套预算", any: "不限", least: "最少", most: "最多", items: "件", categories: "每类各一件", add_category: "添加类别",
  stock: "只要有货", sets: "备选套数", size: "件数", theme: "深色或浅色", fresh: "新对话", undo: "撤销", language: "English", left_out: "已排除{0}件",
  remove: "移除：{0}", you: "您", shop: "商店", working: "正在搭配……", in_stock: "有货", few: "仅剩{0}件", none_left: "缺货", total: "合计", set: "第{0}套",
  alternatives: "备选", keep: "保留", drop: "去掉", swap: "换一件", why: "为什么？", cheaper: "便宜些", cheaper_say: "便宜一点", more: "再加一件", more_say: "再加一件",
  other: "换一套", other_say: "换一套", basket: "加入购物车", in_basket: "已在购物车", good: "喜欢", bad: "不喜欢", thanks: "谢谢，已记录。", reason: "哪里不合适？",
  r1: "太贵", r2: "不搭", r3: "不是我的风格", r4: "我已经有了", other_reason: "其他", share: "复制链接", copy_text: "复制文字", copy_json: "复制JSON", copied: "已复制。",
  more_actions: "分享或复制", swapping: "正在找替换……", choose: "替换“{0}”：", take: "选这个", cancel: "取消", no_swap: "没有其他商品符合这些要求。", dropped: "已去掉：{0}",
  swapped: "已换成：{0}", undone: "已撤销。", changed: "您改动了这一套，卡片上的理由仍然成立。", shared: "别人分享给您的一套", rests: "依据", said: "“{0}”", weights: "各因素的作用", weighing: "正在分析……",
  src_history: "来自历史记录：{0}", src_words: "来自您的话", src_catalogue: "来自商品目录：{0}", src_count: "按件数", src_total: "由各件价格相加", src_rule: "来自您的要求：{0}", purchase: "买过", buy: "买过", cart: "加过购物车", view: "看过",
  busy: "现在询问的人很多。", again_in: "{0}秒后重试。", gone: "助手正在重新启动。", away: "连接不到商店，请检查网络。", loading: "助手正在启动，请稍候。", late: "用时太久。",
  broken: "出了问题。", impossible: "无法做到：{0}", retry: "重试", key: "这家店需要密钥", key_field: "密钥", use: "使用", stopped: "已停止。", ready: "搭配完成：{0}", item_said: "{0}，{1}",
  removed: "已移除。", no_text: "随便一套", from: "{0}，{1}以内", gift: "{0}的礼物，{1}件", two: "{0}，{1}以内", unsold: "分享的部分商品已下架。", menu_hint: "预算、件数、顾客",
};
const KEPT = "bundlesmith.language";
export let language = localStorage.getItem(KEPT) || (navigator.language.startsWith("zh") ? "zh" : "en");

export function setLanguage(name) {
  language = name;
  localStorage.setItem(KEPT, name);
  document.documentElement.lang = name;
}

export const t = (key, ...values) => values.reduce(
  (text, value, place) => text.replaceAll(`{${place}}`, () => value), (language === "zh" ? ZH : EN)[key] ?? key);

/** An amount; the shop's currency isn't known here. */
export const money = (amount) => amount === null || amount === undefined ? "–" : amount.toLocaleString(language,
  { minimumFractionDigits: 2, maximumFractionDigits: 2 });
